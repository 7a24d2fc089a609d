"""What is done with a run: `evaluate`, `predict`, `check`; and the data sets: `data list`, `data fetch`."""

import csv
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.cli import data_command as library
from nn.cli.evaluate_command import outcome_on
from nn.data import datasets
from nn.runs.run_folder import RunFolder
from nn.runs.settings import data_set_names
from tests.cli_runs import COMMAND, ENVIRONMENT, fails, here, process
from tests.data_files import write_mnist

Image = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a run on the irises and one on the digits."""
    folder = tmp_path_factory.mktemp("runs")
    for flags in (["iris", "--epochs", 30], ["digits", "--epochs", 15, "--dropout", 0.1, "--batch-norm"]):
        assert process("train", *flags, "--quiet", folder=folder).code == 0
    return folder / "runs"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def results(run):
    return json.loads((run / "results.json").read_text(encoding="utf-8"))


def digit_file(path, number, light=False):
    """A digit of the data set, enlarged, as an image file: white on black, or black on white paper."""
    pixels = (datasets.digits()[number][0].numpy().reshape(8, 8) * 255).astype(np.uint8)
    Image.fromarray(255 - pixels if light else pixels).resize((64, 64)).save(path)


# evaluate


def test_a_run_is_evaluated_as_it_was_after_training(runs):
    done = process("evaluate", runs / "iris")
    assert (done.code, done.err) == (0, "")
    found = results(runs / "iris")
    assert done.out.startswith(f"{found['accuracy']:.1%} correct")
    assert f"loss {found['loss']:.4f}" in done.out
    for word in ("precision", "recall", "setosa", "versicolor", "virginica"):
        assert word in done.out


def test_the_tables_are_those_of_scikit_learn(runs, capsys):
    metrics = pytest.importorskip("sklearn.metrics")
    done = here(capsys, "evaluate", runs / "digits")
    _, outcome, _ = outcome_on("", RunFolder.open(runs / "digits"))
    truth, read = np.asarray(outcome.targets), outcome.scores.numpy().argmax(1)
    assert outcome.matrix.tolist() == metrics.confusion_matrix(truth, read).tolist()
    for line in done.out.splitlines():
        cells = line.split()
        if len(cells) == 4 and cells[0].isdecimal():
            right = truth == read
            digit = int(cells[0])
            assert cells[1] == f"{np.mean(right[read == digit]):.1%}"
            assert cells[2] == f"{np.mean(right[truth == digit]):.1%}"
            assert cells[3] == str(np.sum(truth == digit))


@pytest.mark.parametrize(("part", "samples"), {"train": "120 training rows", "valid": "30 held-out rows"}.items())
def test_a_part_of_the_data_can_be_chosen(part, samples, runs, capsys):
    assert samples in here(capsys, "evaluate", runs / "iris", "--data", part).out


def test_a_part_that_is_not_there_is_told(runs, capsys):
    assert fails(here(capsys, "evaluate", runs / "iris", "--data", "test"), 2, "no part 'test', only train, valid")
    assert fails(here(capsys, "evaluate", runs / "iris", "--data", "tst"), 2, "expected train, valid, test, a file")


def test_weights_that_are_damaged_are_told(runs, capsys, tmp_path):
    for path in (runs / "iris").iterdir():
        if path.is_file():
            Path(path.name).write_bytes(path.read_bytes())
    Path("model.safetensors").write_bytes(b"?" * 50)
    assert fails(here(capsys, "evaluate", "."), 1, "model.safetensors")
    Path("encoding.json").unlink()
    assert fails(here(capsys, "evaluate", "."), 1, "expected encoding.json or images.json")
    Path("config.toml").write_text("epochs = 1\nepoch = 2\n")
    assert fails(here(capsys, "evaluate", "."), 2, "config.toml", "'epoch' (did you mean epochs?)")


# predict


def test_images_are_read(runs, tmp_path):
    for number in range(10):
        digit_file(tmp_path / f"{number}.png", number)
    done = process("predict", runs / "digits", *sorted(tmp_path.glob("*.png")))
    assert (done.code, done.err) == (0, "")
    head, *rows = [line.split("\t") for line in done.out.splitlines()]
    assert head == ["input", "class", "probability"]
    assert [row[0] for row in rows] == [f"{number}.png" for number in range(10)]
    assert sum(row[1] == str(number) for number, row in enumerate(rows)) >= 9


def test_ink_on_paper_is_read_as_chalk_on_a_board(runs, tmp_path, capsys):
    digit_file(tmp_path / "chalk.png", 4)
    digit_file(tmp_path / "ink.png", 4, light=True)
    chalk, ink = json.loads(here(capsys, "predict", runs / "digits", "chalk.png", "ink.png", "--json").out)
    assert chalk["class"] == ink["class"] == "4"
    assert ink["probability"] == pytest.approx(chalk["probability"], abs=0.01)


def test_rows_of_a_data_set_with_a_name_are_read(runs, capsys):
    header = "petal_width,petal_length,sepal_width,sepal_length"
    Path("new.csv").write_text(f"{header}\n0.2,1.4,3.5,5.1\n2.3,6.0,3.0,7.0\n")
    found = json.loads(here(capsys, "predict", runs / "iris", "new.csv", "--json").out)
    assert [row["class"] for row in found] == ["setosa", "virginica"]
    assert [row["input"] for row in found] == ["new.csv:1", "new.csv:2"]


def test_the_probability_of_each_class_is_given(runs, capsys):
    Path("new.csv").write_text("petal_width,petal_length,sepal_width,sepal_length\n0.2,1.4,3.5,5.1\n2.3,6.0,3.0,7.0\n")
    printed = here(capsys, "predict", runs / "iris", "new.csv", "--proba").out
    head, *rows = [line.split("\t") for line in printed.splitlines()]
    assert head == ["input", "class", "probability", "P(setosa)", "P(versicolor)", "P(virginica)"]
    in_json = json.loads(here(capsys, "predict", runs / "iris", "new.csv", "--json").out)
    for found, cells in zip(in_json, rows, strict=True):
        assert list(found["probabilities"]) == ["setosa", "versicolor", "virginica"]
        assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)
        assert max(found["probabilities"], key=found["probabilities"].get) == found["class"] == cells[1]
        assert [float(cell) for cell in cells[3:]] == pytest.approx(list(found["probabilities"].values()))


def test_the_rows_of_a_file_are_kept_beside_what_is_predicted(runs, capsys):
    rows = [["note", "petal_width", "petal_length", "sepal_width", "sepal_length", "species"],
            ["a, b", "0.20", "1.4", "3.5", "5.1", "setosa"], ['"', "2.3", "6.0", "3.0", "7.0", ""]]  # fmt: skip
    for name in "one.csv", "two.csv":
        with open(name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    done = here(capsys, "predict", runs / "iris", "one.csv", "two.csv", "--out", "answers.csv")
    assert (done.code, done.out, done.err) == (0, "answers.csv  4 rows\n", "")
    with open("answers.csv", newline="", encoding="utf-8") as file:
        head, *found = csv.reader(file)
    assert head == [*rows[0], "species_predicted", "P(setosa)", "P(versicolor)", "P(virginica)"]
    assert [cells[:6] for cells in found] == rows[1:] * 2
    assert [cells[6] for cells in found] == ["setosa", "virginica"] * 2
    assert all(sum(map(float, cells[7:])) == pytest.approx(1, abs=1e-4) for cells in found)


def test_what_would_lose_rows_is_refused(runs, capsys):
    Path("new.csv").write_text("petal_width,petal_length,sepal_width,sepal_length\n0.2,1.4,3.5,5.1\n")
    Path("other.csv").write_text("petal_length,petal_width,sepal_width,sepal_length\n1.4,0.2,3.5,5.1\n")
    before = Path("new.csv").read_bytes()
    assert fails(here(capsys, "predict", runs / "iris", "new.csv", "--out", "./new.csv"), 2, "is one of the files")
    done = here(capsys, "predict", runs / "iris", "new.csv", "other.csv", "--out", "both.csv")
    assert fails(done, 1, "other.csv: its columns are not those of new.csv")
    assert Path("new.csv").read_bytes() == before
    assert not Path("both.csv").exists()


def test_images_are_listed_by_name_in_a_file(runs, tmp_path, capsys):
    for number in range(3):
        digit_file(tmp_path / f"{number}.png", number)
    here(capsys, "predict", runs / "digits", *sorted(tmp_path.glob("*.png")), "--out", "answers.csv")
    head, *rows = Path("answers.csv").read_text().splitlines()
    assert head.startswith("input,class_predicted,P(0),P(1),")
    assert [row.partition(",")[0] for row in rows] == ["0.png", "1.png", "2.png"]


def test_on_a_terminal_there_is_a_table(runs, capsys, monkeypatch):
    Path("new.csv").write_text("petal_width,petal_length,sepal_width,sepal_length\n0.2,1.4,3.5,5.1\n")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    done = here(capsys, "predict", runs / "iris", "new.csv")
    assert "\t" not in done.out
    assert "setosa" in done.out


@pytest.mark.parametrize(("file", "words"), {"no.csv": ["no.csv"], "empty.csv": ["the file is empty"]}.items())
def test_a_file_that_cannot_be_read_is_told(file, words, runs, capsys):
    Path("empty.csv").touch()
    assert fails(here(capsys, "predict", runs / "iris", file), 1, *words)


def test_a_reader_who_has_seen_enough_is_no_error(runs, tmp_path):
    rows = "".join("0.2,1.4,3.5,5.1\n" for _ in range(20_000))
    Path("many.csv").write_text("petal_width,petal_length,sepal_width,sepal_length\n" + rows)
    with subprocess.Popen(
        [*COMMAND, "predict", str(runs / "iris"), "many.csv"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""


# check


@pytest.mark.parametrize(("run", "how"), [("iris", process), ("digits", here)])
def test_a_run_is_compared_with_torch_and_with_differences(run, how, runs, capsys):
    done = how(*[capsys] * (how is here), "check", runs / run)
    assert (done.code, done.err) == (0, "")
    assert "chalkgrad and torch agree over 3 steps" in done.out
    assert "agree with finite differences" in done.out


def test_a_layer_that_differs_from_torch_is_found(runs, capsys, monkeypatch):
    forward = nn.ReLU.forward
    monkeypatch.setattr(nn.ReLU, "forward", lambda self, x: forward(self, x) * 1.001)
    done = here(capsys, "check", runs / "iris")
    assert fails(done, 1, "its twin in PyTorch differ, first at the output of 1 in step 1")
    assert "differs in step 1" in done.out


def test_a_gradient_that_is_wrong_is_found(runs, capsys, monkeypatch):
    from nn.cli import check_command as check

    monkeypatch.setattr(check, "compare", lambda *given, **options: True)
    forward = nn.Linear.forward
    monkeypatch.setattr(nn.Linear, "forward", lambda self, x: forward(self, x) + (self.bias * 0.1).detach())
    assert fails(here(capsys, "check", runs / "iris"), 1, "do not agree with finite differences")


def test_checking_without_torch_says_so(runs, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    assert fails(here(capsys, "check", runs / "iris"), 1, "pip install torch")


# data


def test_the_data_sets_are_listed(tmp_path):
    write_mnist(tmp_path / "data" / "mnist")
    write_mnist(tmp_path / "data" / "mnist", train=False)
    write_mnist(tmp_path / "data" / "fashion-mnist")
    done = process("data", "list", CHALKGRAD_DATA=str(tmp_path / "data"))
    assert (done.code, done.err) == (0, "")
    lines = {line.split()[0]: line for line in done.out.splitlines() if line.split()}
    assert lines.keys() >= {"digits", "iris", "moons", "mnist", "fashion-mnist", "cifar10", "FILE.csv", "FOLDER"}
    assert str(tmp_path / "data" / "mnist") in lines["mnist"]
    assert "incomplete, missing t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte" in lines["fashion-mnist"]
    assert lines["cifar10"].rstrip().endswith("missing")
    assert "chalkgrad data fetch NAME" in done.out


def test_every_data_set_of_train_is_listed():
    assert {*library.BUILT_IN, *library.ON_DISK} == set(data_set_names())


def test_a_data_set_is_fetched(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_DATA", str(tmp_path / "data"))

    def download(self):
        for train in (True, False):
            write_mnist(self.root / "mnist", train)

    monkeypatch.setattr(datasets.MNIST, "download", download)
    done = here(capsys, "data", "fetch", "mnist")
    assert (done.code, done.err) == (0, "")
    assert str(tmp_path / "data") in done.out
    assert here(capsys, "train", "mnist", "--epochs", 1, "--quiet").code == 0


def test_a_data_set_that_cannot_be_fetched_is_told(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CHALKGRAD_DATA", str(tmp_path))
    assert fails(here(capsys, "data", "fetch", "mnst"), 2, "did you mean mnist")
    assert "needs no files" in here(capsys, "data", "fetch", "digits").out
    monkeypatch.setattr(datasets.MNIST, "mirrors", ("http://localhost:9/",))
    monkeypatch.setattr(os, "environ", {**os.environ, "no_proxy": "*"})
    assert fails(here(capsys, "data", "fetch", "mnist"), 1, "could not be downloaded", "localhost:9")
