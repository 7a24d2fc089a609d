"""Where settings come from, which are refused, and what the command line makes of several numbers after one flag."""

from dataclasses import asdict, fields
from types import SimpleNamespace

import pytest

from nn.cli.arguments import expand
from nn.cli.build_training import measured
from nn.runs.settings import (
    RECIPES,
    ConfigError,
    Settings,
    checked,
    data_set_names,
    read_toml,
    settings_from,
    write_toml,
)

PRECEDENCE = {
    "a default": ({}, "", "optimizer", "adam"),
    "a recipe before a default": ({}, "", "epochs", 40),
    "a file before a recipe": ({}, "epochs = 7", "epochs", 7),
    "a flag before a file": ({"epochs": 3}, "epochs = 7", "epochs", 3),
    "a flag before a recipe": ({"lr": 0.5}, "", "lr", 0.5),
    "the recipe of a data set that the file names": ({}, 'dataset = "iris"', "hidden", [16]),
    "the recipe of a data set that a flag names": ({"dataset": "mnist"}, 'dataset = "iris"', "hidden", [128]),
    "a flag that switches off what the file switches on": ({"early_stop": 0}, "early_stop = 5", "early_stop", 0),
    "nothing, which is not a flag": ({"epochs": None}, "epochs = 7", "epochs", 7),
    "a hyphen in the file": ({}, "batch-size = 5", "batch_size", 5),
    "a whole number where any number is due": ({}, "lr = 1", "lr", 1.0),
    "no hidden layer": ({}, "hidden = []", "hidden", []),
    "a batch size that is to be found": ({}, 'batch_size = "auto"', "batch_size", 0),
    "a learning rate that is to be found": ({}, 'lr = "auto"', "lr", 0),
    "epochs by the number of rows": ({}, 'epochs = "auto"', "epochs", 0),
    "a weight decay by the number of rows": ({}, 'weight-decay = "auto"', "weight_decay", -1.0),
    "one hidden layer": ({}, "hidden = 12", "hidden", [12]),
}


@pytest.mark.parametrize(("flags", "file", "name", "expected"), PRECEDENCE.values(), ids=PRECEDENCE)
def test_a_setting_comes_from(flags, file, name, expected, tmp_path):
    (tmp_path / "config.toml").write_text(file)
    value = getattr(settings_from(flags, tmp_path / "config.toml"), name)
    assert value == expected
    assert type(value) is type(expected)


REFUSED = {
    'hiden = 3': "there is no setting 'hiden' (did you mean hidden?)",
    'epoch = 3': "there is no setting 'epoch' (did you mean epochs?)",
    'epochs = "3"': "epochs: expected a whole number or auto, given '3'",
    'batch_size = "all"': "batch_size: expected a whole number or auto, given 'all'",
    "batch_size = 0": "batch_size: expected 1 or more, given 0",
    "epochs = 3.5": "epochs: expected a whole number or auto, given 3.5",
    "epochs = true": "epochs: expected a whole number or auto, given True",
    "epochs = 0": "epochs: expected 1 or more, given 0",
    "weight_decay = -1": "weight_decay: expected 0 or more, given -1.0",
    'weight_decay = "some"': "weight_decay: expected a number or auto, given 'some'",
    "lr = 0": "lr: expected a number above 0, given 0.0",
    "lr = nan": "lr: expected a number above 0, given nan",
    "lr = inf": "lr: expected a number above 0, given inf",
    "lr = true": "lr: expected a number or auto, given True",
    "augment = 1": "augment: expected true or false, given 1",
    "dropout = 1": "dropout: expected at least 0 and below 1, given 1.0",
    "valid = -0.1": "valid: expected at least 0 and below 1, given -0.1",
    'hidden = "wide"': "hidden: expected whole numbers such as 128 64, or none, given 'wide'",
    "hidden = [8, 0]": "hidden: expected 1 or more, given [8, 0]",
    "hidden = [1.5]": "hidden: expected whole numbers",
    "hidden = [true]": "hidden: expected whole numbers",
    "ignore = [3]": "ignore: expected a list of strings, given [3]",
    "target = 3": "target: expected a string, given 3",
    'optimizer = "adm"': "expected one of adam, adamw, sgd, rmsprop, adagrad, given 'adm' (did you mean adam?)",
    'schedule = "cosin"': "given 'cosin' (did you mean cosine?)",
    "clip_norm = -1": "clip_norm: expected 0 or more, given -1.0",
    "[model]\nhidden = 3": "there is no setting 'model'",
    "epochs 3": "expected a TOML file",
}


@pytest.mark.parametrize(("file", "message"), REFUSED.items(), ids=REFUSED)
def test_a_file_is_refused_with_its_name_and_the_reason(file, message, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(file)
    with pytest.raises(ConfigError) as caught:
        settings_from({}, path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("content", "message"), {None: "there is no file", b"\xff": "expected a TOML file"}.items())
def test_what_is_no_text_file_is_refused(content, message, tmp_path):
    path = tmp_path / "config.toml"
    if content:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read_toml(path)


@pytest.mark.parametrize(
    ("dataset", "message"),
    {
        "digts": "did you mean digits",
        "fashionmnist": "did you mean fashion-mnist",
        "nothing.csv": "there is no file or folder nothing.csv",
        "some/where": "there is no file or folder some/where",
        "table": "there is no data set 'table'",
    }.items(),
)
def test_a_data_set_that_does_not_exist_is_refused(dataset, message):
    with pytest.raises(ConfigError, match=message):
        settings_from({"dataset": dataset})


@pytest.mark.parametrize("dataset", data_set_names())
def test_every_recipe_is_made_of_settings_that_are_allowed(dataset):
    made = asdict(settings_from({"dataset": dataset}))
    assert made == asdict(Settings()) | {"dataset": dataset} | RECIPES[dataset]
    assert {name: checked(name, value) for name, value in made.items()} == made


def test_a_path_is_remembered_from_the_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flowers.csv").write_text("a,b\n")
    assert settings_from({"dataset": "flowers.csv"}).dataset == str((tmp_path / "flowers.csv").resolve())


def test_what_is_written_is_read_again(tmp_path):
    before = Settings(
        dataset='/a "quoted" \\ name, ü 🌱\n.csv', hidden=[], ignore=["a b", "c"], lr=1e-05, batch_norm=True, seed=2**40
    )
    write_toml(before, tmp_path / "config.toml", "a comment")
    assert Settings(**read_toml(tmp_path / "config.toml")) == before
    names = {line.split(" = ")[0] for line in (tmp_path / "config.toml").read_text(encoding="utf-8").splitlines()[1:]}
    assert names == {field.name for field in fields(Settings)} - {"out", "quiet"}


BY_ROWS = {  # rows, flags, epochs, weight decay
    "a table of few rows": (24, {}, 400, 0.03),
    "few rows in small batches": (24, {"batch_size": 8}, 134, 0.03),
    "batches that add up to a step": (64, {"batch_size": 8, "accumulate": 4}, 200, 0.03),
    "some hundred rows": (400, {}, 40, 0.01),
    "many rows": (5000, {}, 40, 0.0008),
    "numbers that were given": (24, {"epochs": 3, "weight_decay": 0}, 3, 0.0),
}


@pytest.mark.parametrize(("rows", "flags", "epochs", "decay"), BY_ROWS.values(), ids=BY_ROWS)
def test_epochs_and_weight_decay_of_a_table_follow_the_number_of_its_rows(rows, flags, epochs, decay, tmp_path):
    (tmp_path / "some.csv").write_text("a,b\n")
    settings = settings_from({"dataset": str(tmp_path / "some.csv"), **flags})
    found = measured(settings, SimpleNamespace(train=range(rows)), None)
    assert (found.epochs, found.weight_decay) == (epochs, decay)


EXPANDED = {
    "train --hidden 128 64": "train --hidden 128,64",
    "train --hidden 128 64 iris": "train --hidden 128,64 iris",
    "train --hidden 128 64 --lr 1": "train --hidden 128,64 --lr 1",
    "train --hidden 128,64 32": "train --hidden 128,64,32",
    "train --hidden 128, 64": "train --hidden 128,64",
    "train --hidden none iris": "train --hidden none iris",
    "train --conv 8 16 --hidden 4": "train --conv 8,16 --hidden 4",
    "train --early-stop": "train --early-stop 5",
    "train --early-stop 3 iris": "train --early-stop 3 iris",
    "train --early-stop iris": "train --early-stop 5 iris",
    "train --ignore a b": "train --ignore a --ignore b",
    "train --ignore a --words b c iris": "train --ignore a --words b --words c iris",
    "train --ignore iris b --lr 1": "train --ignore iris --ignore b --lr 1",
    "train --ignore": "train --ignore",
    "draw --hidden 1 2": "draw --hidden 1 2",
    "": "",
}


@pytest.mark.parametrize(("given", "expected"), EXPANDED.items(), ids=EXPANDED)
def test_several_numbers_may_follow_a_flag(given, expected):
    assert expand(given.split()) == expected.split()


@pytest.mark.parametrize("given", [["128", "64"], ["128,64"], ["128 64"], [128, 64], "128 64", (128, 64)])
def test_sizes_are_written_in_many_ways(given):
    assert checked("hidden", given) == [128, 64]


def test_a_name_with_a_blank_is_one_name():
    assert checked("ignore", ["row number", "name"]) == ["row number", "name"]
