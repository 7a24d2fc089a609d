"""A model trained in Python is kept as a run, which load_run and the command line use."""

import json
import math

import numpy as np
import pandas
import pytest

import autograd
import nn
from nn import optim
from nn.data import TensorDataset, datasets
from nn.data.datasets.encoding import Column, Encoding
from nn.runs.layer_description import built, described
from nn.train import Accuracy, Trainer, load_run, permutation_importance, save_run
from tests.cli_runs import fails, here


class Net(nn.Module):
    """A network that only its class can make."""

    def __init__(self, features, classes):
        super().__init__()
        self.a, self.b = nn.Linear(features, 8), nn.Linear(8, classes)

    def forward(self, x):
        return self.b(self.a(x).tanh())


@pytest.fixture
def table(tmp_path):
    """A CSV file of two kinds of fish."""
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal(i % 2 * 2):.4f},{rng.normal():.4f},{['perch', 'carp'][i % 2]}" for i in range(100)]
    path = tmp_path / "fish.csv"
    path.write_text("length,width,kind\n" + "\n".join(rows) + "\n")
    return path


def trained(table, model, out):
    """The trainer, and the parts of the data."""
    train, valid = datasets.CSV(table).split(0.8, autograd.Generator().manual_seed(0))
    trainer = Trainer(out, metrics=[Accuracy()], progress=False)
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    trainer.fit(model, train, valid, 5, optimizer, nn.CrossEntropyLoss())
    return trainer, train, valid


SEQUENTIAL = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 2))


@pytest.mark.parametrize("model", [nn.MLP(2, [8, 2]), SEQUENTIAL], ids=["MLP", "Sequential"])
def test_what_was_trained_in_python_is_a_run(model, table, tmp_path, capsys):
    trainer, train, valid = trained(table, model, tmp_path / "run")
    path = save_run(model, trainer.out, train=train, valid=valid)
    assert path == trainer.out
    run = load_run(path)
    assert run.classes == ("carp", "perch")
    assert run.history["epoch"] == [1, 2, 3, 4, 5]
    expected = model.eval()(valid.x).softmax(1).detach().numpy()
    rows = valid.encoding.columns
    given = valid.numbers(slice(None))[:, : len(rows)]
    np.testing.assert_allclose(run.predict_proba(given), expected, rtol=1e-4, atol=1e-5)
    assert f"{trainer.evaluate(valid)['accuracy']:.1%} correct" in here(capsys, "evaluate", path).out
    assert len(here(capsys, "predict", path, table).out.splitlines()) == 101
    assert here(capsys, "export", path).code == 0
    assert "length" in run._repr_html_() or run.path.name in run._repr_html_()


def test_it_says_that_the_data_have_changed(table, tmp_path, capsys):
    model = nn.MLP(2, [8, 2])
    trainer, train, valid = trained(table, model, tmp_path / "run")
    path = save_run(model, trainer.out, train=train, valid=valid)
    header, *rows = table.read_text().splitlines()
    table.write_text("\n".join([header, *rows[50:], "0.1,0.2,perch"]) + "\n")
    assert "has changed since the run was trained" in " ".join(here(capsys, "evaluate", path).out.split())


def test_a_class_that_the_folder_cannot_build_has_to_be_given(table, tmp_path, capsys):
    model = Net(2, 2)
    trainer, train, _ = trained(table, model, tmp_path / "run")
    path = save_run(model, trainer.out, train=train)
    with pytest.raises(ValueError, match=r"its folder cannot build a .*test_saved_run\.Net.*load_run\(path, model=…\)"):
        load_run(path)
    assert fails(here(capsys, "predict", path, table), 1, "cannot build a")
    run = load_run(path, model=Net(2, 2))
    found = run.predict(table)
    x = train.encoding.rows(table)
    assert [each.answer for each in found] == [run.classes[i] for i in model.eval()(x).argmax(1).tolist()]
    with pytest.raises(nn.FileError, match="does not have the weights of this Net"):
        load_run(path, model=Net(2, 3))


def test_names_of_features_serve_as_preprocessing(tmp_path):
    model = nn.Sequential(nn.Linear(2, 1))
    path = save_run(model, tmp_path / "line", ["a", "b"], goal="price")
    found = load_run(path).predict({"a": 1.5, "b": -2})
    assert found[0].answer == pytest.approx(model(autograd.tensor([[1.5, -2.0]])).item())
    assert found.goal == "price"
    assert save_run(model, path, ["a", "b"]) == tmp_path / "line-2"


def test_a_threshold_is_kept(tmp_path):
    path = save_run(nn.Linear(1, 2), tmp_path / "run", ["x"], classes=["no", "yes"], threshold=0.3)
    assert load_run(path).threshold == 0.3


@pytest.mark.parametrize("command", ["train --resume", "check", "draw"])
def test_what_the_program_alone_knows_is_refused(command, table, tmp_path, capsys):
    path = save_run(nn.Linear(2, 2), tmp_path / "run", ["a", "b"], classes=["u", "v"])
    assert fails(here(capsys, *command.split(), path), 2, "was made in Python, and only the program that made it knows")
    assert fails(here(capsys, "evaluate", path), 2, "knows no file of its data: name other data with --data")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"model": 1}, TypeError, "expected an nn.Module, given int"),
        ({"preprocessing": None}, ValueError, "expected the encoding of a datasets.CSV"),
        ({"preprocessing": "ab"}, ValueError, "expected the encoding of a datasets.CSV"),
        ({"classes": "abc"}, ValueError, r"for 3 classes, expected a model that gives \(1, 3\) for one input, found"),
        ({"threshold": 1.5}, ValueError, "expected a number between 0 and 1"),
        ({"preprocessing": ["a", "a"]}, ValueError, "expected features of different names"),
        ({"classes": "uu"}, ValueError, "expected two or more different names"),
        ({"model": nn.Linear(2, 1), "classes": "u"}, ValueError, "expected two or more different names"),
        ({"preprocessing": Encoding((Column("a"), Column("b")), Column("y", ("u", "v")))}, ValueError, "has its own"),
        ({"train": [(autograd.zeros(2), 0)]}, TypeError, "train: expected a CSV, ImageFolder or TensorDataset.* list"),
        ({"valid": TensorDataset(autograd.zeros(1, 2), autograd.zeros(1))}, ValueError, "expected train beside it"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(given, error, message, tmp_path):
    arguments = {"model": nn.Linear(2, 2), "path": tmp_path / "run", "preprocessing": ["a", "b"], "classes": "uv"}
    with pytest.raises(error, match=message):
        save_run(**arguments | given)
    assert not (tmp_path / "run").exists()


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert save_run(nn.Linear(2, 1), tmp_path / "run", ["a", "b"]) == tmp_path / "run-2"
    assert [each.name for each in (tmp_path / "run").iterdir()] == ["notes.txt"]


LAYERS = [
    nn.Sequential(nn.Conv2d(1, 4, (3, 1), padding="same", bias=False), nn.GELU("tanh"), nn.MaxPool2d(2), nn.Flatten()),
    nn.Sequential(nn.Sequential(nn.Linear(3, 4), nn.LeakyReLU(0.2)), nn.LayerNorm(4), nn.Softmax(dim=1)),
    nn.Sequential(nn.Identity(), nn.Hardtanh(-2.0, 3.0)),
]


@pytest.mark.parametrize("model", LAYERS, ids=["images", "nested", "odd arguments"])
def test_layers_are_built_again_from_plain_data(model):
    again = built(json.loads(json.dumps(described(model))), 10)
    again.load_state_dict(model.state_dict())
    assert repr(again) == repr(model)


def with_hook(model):
    model[0].register_forward_hook(lambda module, given, out: out * 3)


def with_forward(model):
    model.forward = lambda x: nn.Sequential.forward(model, x) * 3


class Tripled(nn.Sequential):
    def __call__(self, x):
        return super().__call__(x) * 3


@pytest.mark.parametrize("change", [with_hook, with_forward, lambda model: setattr(model, "0", Tripled(model[0]))])
def test_what_its_layers_do_not_tell_is_not_lost(change, tmp_path):
    model = nn.Sequential(nn.Linear(2, 2))
    change(model)
    path = save_run(model, tmp_path / "run", ["a", "b"], classes="uv")
    with pytest.raises(ValueError, match="its folder cannot build"):
        load_run(path)


def test_a_model_of_doubles_predicts_in_float32(tmp_path):
    path = save_run(Net(2, 2).double(), tmp_path / "run", ["a", "b"], classes="uv")
    run = load_run(path, Net(2, 2).double())
    assert run.predict_proba([[1.0, 2.0]]).shape == (1, 2)
    assert {p.dtype for p in run.model.parameters()} == {autograd.float32}


def test_a_table_in_memory_has_no_file(table, tmp_path):
    train, valid = datasets.CSV(pandas.read_csv(table)).split()
    run = load_run(save_run(nn.MLP(2, [8, 2]), tmp_path / "run", train=train, valid=valid))
    with pytest.raises(ValueError, match="knows no file of its data"):
        permutation_importance(run)


def test_the_file_is_found_from_other_folders(table, tmp_path, monkeypatch):
    monkeypatch.chdir(table.parent)
    train, valid = datasets.CSV(table.name).split()
    run = load_run(save_run(nn.MLP(2, [8, 2]), tmp_path / "run", train=train, valid=valid))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert permutation_importance(run).rows == len(valid)


def test_rows_that_it_was_not_told_of_are_not_called_another_reading(table, tmp_path, capsys):
    train, _ = datasets.CSV(table).split()
    path = save_run(nn.MLP(2, [8, 2]), tmp_path / "run", train=train)
    assert fails(here(capsys, "evaluate", path), 1, "has 20 rows that are neither in train nor in valid")


DAMAGED = [
    '"os.system"',
    '{"system": {}}',
    '{"functional": {}}',
    '{"Linear": {"in_features": 1000000000, "out_features": 9}}',
    '{"Linear": {"in_features": []}}',
    '{"Sequential": 3}',
    '{"Sequential": {"": {"ReLU": {}}}}',
    "[]",
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_layers_that_were_tampered_with_are_refused(damage, tmp_path):
    path = save_run(nn.Linear(2, 1), tmp_path / "run", ["a", "b"])
    content = json.loads((path / "python.json").read_text())
    (path / "python.json").write_text(json.dumps({**content, "layers": json.loads(damage)}))
    with pytest.raises(nn.FileError, match=r"python\.json"):
        load_run(path)


def test_a_threshold_that_is_none_is_refused(tmp_path):
    path = save_run(nn.Linear(2, 1), tmp_path / "run", ["a", "b"])
    (path / "python.json").write_text(json.dumps({"model": "x", "layers": None, "threshold": math.nan}))
    with pytest.raises(nn.FileError, match=r"python\.json: not what nn\.train\.save_run writes"):
        load_run(path)
