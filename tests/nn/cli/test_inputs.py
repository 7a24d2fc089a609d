"""Tables and images of one's own, from training to prediction; and what is said of those that cannot be used."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from nn.cli.evaluate_command import outcome_on
from nn.runs.run_data import load_data
from nn.runs.run_folder import RunFolder
from nn.runs.settings import settings_from
from nn.train import load_run
from tests.cli_runs import fails, here, process

Image = pytest.importorskip("PIL.Image")

RNG = np.random.default_rng(0)
COLOURS = {"blue": (40, 60, 200), "green": (40, 180, 60), "red": (200, 40, 40)}
USAGE, FAILED = 2, 1


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(path, rows, header=("length", "width", "colour", "kind")):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def fish(n=60):
    """Long red ones are carps, short ones are perches, of any colour."""
    lengths = np.where(np.arange(n) % 2, RNG.normal(40, 3, n), RNG.normal(20, 3, n))
    return [
        (f"{length:.2f}", f"{length / 4 + RNG.normal():.2f}", RNG.choice(["red", "grey"]), ("perch", "carp")[i % 2])
        for i, length in enumerate(lengths)
    ]


def images(folder, classes=COLOURS, n=12, size=(12, 9)):
    for name in classes:
        (folder / name).mkdir(parents=True)
        for i in range(n):
            pixels = np.clip(np.array(COLOURS.get(name, 128)) + RNG.normal(0, 20, (*size, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{i}.png")
    return folder


# From end to end.


def test_a_table_is_learned_and_used(tmp_path):
    table("fish.csv", fish())
    done = process("train", "fish.csv", "--epochs", 20, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "48 rows for training, 12 for validation, 2 classes" in done.out
    assert "4-64-32-2" in done.out  # two numbers, one column of two words
    results = json.loads(Path("runs/fish/results.json").read_text())
    assert results["accuracy"] >= 0.9
    assert {"confusion_matrix.png", "accuracy.png", "encoding.json"} <= {p.name for p in Path("runs/fish").iterdir()}

    table("new.csv", [("grey", "41.0", "10"), ("red", "19", "5")], header=("colour", "length", "width"))
    done = process("predict", "runs/fish", "new.csv", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    head, *rows = [line.split("\t") for line in done.out.splitlines()]
    assert head == ["input", "class", "probability"]
    assert [row[:2] for row in rows] == [["new.csv:1", "carp"], ["new.csv:2", "perch"]]
    assert all(0.5 < float(row[2]) <= 1 for row in rows)


def test_a_number_is_predicted_in_its_own_unit(capsys):
    rows = [(f"{x:.3f}", f"{1000 + 50 * x:.2f}") for x in RNG.uniform(0, 10, 80)]
    table("prices.csv", rows, header=("size", "price"))
    done = here(capsys, "train", "prices.csv", "--epochs", 30)
    assert (done.code, done.err) == (0, "")
    assert "to predict price" in done.out
    assert "price is off by" in done.out
    found = json.loads(Path("runs/prices/results.json").read_text())
    assert found["mae"] < 30
    assert found["r2"] > 0.9
    assert {"predictions.png", "mae.png"} <= {path.name for path in Path("runs/prices").iterdir()}
    rows = json.loads(here(capsys, "predict", "runs/prices", "prices.csv", "--json").out)
    with open("prices.csv", encoding="utf-8") as file:
        off = [abs(float(true["price"]) - row["price"]) for true, row in zip(csv.DictReader(file), rows)]
    _, outcome, _ = outcome_on("prices.csv", RunFolder.open("runs/prices"))
    assert outcome.mae == pytest.approx(np.mean(off), rel=1e-4)
    table("new.csv", [("5",)], header=("size",))
    done = here(capsys, "predict", "runs/prices", "new.csv", "--json")
    (row,) = json.loads(done.out)
    assert row["price"] == pytest.approx(1250, abs=60)
    done = here(capsys, "evaluate", "runs/prices")
    assert "mean absolute error of price" in done.out
    assert "R²" in done.out


def test_a_target_in_the_middle_and_columns_to_leave_out(capsys):
    rows = [(i, *row) for i, row in enumerate(fish())]
    table("fish.csv", rows, header=("row number", "length", "width", "colour", "kind"))
    flags = ["--target", "colour", "--ignore", "row number", "--ignore", "width", "--epochs", 1]
    done = here(capsys, "train", "fish.csv", *flags)
    assert (done.code, done.err) == (0, "")
    encoding = json.loads(Path("runs/fish/encoding.json").read_text())
    assert [column["name"] for column in encoding["columns"]] == ["length", "kind"]
    assert encoding["target"]["name"] == "colour"


def test_a_folder_of_images_is_learned_and_used(tmp_path):
    images(tmp_path / "photos")
    done = process("train", "photos", "--epochs", 4, "--size", 8, "--conv", 4, "--augment", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "images of 8 x 8 for training" in done.out
    assert "3x8x8-conv4-64-3" in done.out
    assert json.loads(Path("runs/photos/results.json").read_text())["accuracy"] >= 0.9
    assert {"misclassified.png", "images.json"} <= {path.name for path in Path("runs/photos").iterdir()}

    Image.new("RGB", (50, 40), COLOURS["red"]).save("new.jpg")
    done = process("predict", "runs/photos", "new.jpg", "photos/green/0.png", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert [line.split("\t")[:2] for line in done.out.splitlines()[1:]] == [["new.jpg", "red"], ["0.png", "green"]]


def test_grey_images_stay_grey(capsys, tmp_path):
    for name, level in {"dark": 40, "light": 200}.items():
        (tmp_path / "scans" / name).mkdir(parents=True)
        for i in range(8):
            pixels = np.clip(RNG.normal(level, 20, (8, 8)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "scans" / name / f"{i}.png")
    done = here(capsys, "train", "scans", "--epochs", 2, "--size", 0, "--conv", "none", "--augment")
    assert (done.code, done.err) == (0, "")
    assert "64-64-2" in done.out
    assert "neuron.svg" in {path.name for path in Path("runs/scans").iterdir()}


def test_pixels_are_normalized_and_shown_as_they_were(tmp_path):
    images(tmp_path / "photos")
    data = load_data(settings_from({"dataset": "photos"}))
    x = np.stack([np.asarray(image) for image, _ in data.train])
    np.testing.assert_allclose(x.mean((0, 2, 3)), 0, atol=1e-3)
    np.testing.assert_allclose(x.std((0, 2, 3)), 1, atol=1e-3)
    first = data.train.dataset.data[data.train.indices[0]]
    np.testing.assert_allclose(data.task.pictures(x[:1])[0], first / 255, atol=1e-6)


def test_a_model_is_tested_on_another_file(capsys, tmp_path):
    table("fish.csv", fish())
    here(capsys, "train", "fish.csv", "--epochs", 20, "--quiet")
    table("more.csv", fish(20))
    done = here(capsys, "evaluate", "runs/fish", "--data", "more.csv")
    assert (done.code, done.err) == (0, "")
    assert "of 20 rows in more.csv" in done.out
    images(tmp_path / "photos")
    here(capsys, "train", "photos", "--epochs", 8, "--size", 8, "--quiet")
    images(tmp_path / "others", ["red", "blue"], n=3)
    done = here(capsys, "evaluate", "runs/photos", "--data", "others")
    assert (done.code, done.err) == (0, "")
    assert "6 of 6 images in others" in done.out


def test_a_run_can_be_used_after_its_data_are_gone(capsys):
    table("fish.csv", fish())
    here(capsys, "train", "fish.csv", "--epochs", 1, "--quiet")
    Path("fish.csv").rename("carp.csv")
    assert here(capsys, "predict", "runs/fish", "carp.csv").code == 0
    assert here(capsys, "evaluate", "runs/fish", "--data", "carp.csv").code == 0
    assert fails(here(capsys, "evaluate", "runs/fish"), USAGE, "there is no file or folder", "fish.csv")


# What cannot be used.


HEAD = "length,width,colour,kind"
TABLES = {
    "an empty file": ("", ["the file is empty"]),
    "a header alone": (HEAD + "\n", ["no line below it"]),
    "no header": ("1,2,3\n4,5,6\n", ["expected a header"]),
    "a missing cell": (f"{HEAD}\n1,2,red,carp\n3,4,perch\n", ["line 3", "expected 4 cells"]),
    "a word among numbers": (
        f"{HEAD}\n1,2,red,carp\n3,4,red,perch\nlong,4,red,carp\n",
        ["line 4", "'length'", "expected a number, found 'long'"],
    ),
    "one class only": (f"{HEAD}\n1,2,red,carp\n3,4,red,carp\n", ["in all 2 rows", "expected two or more classes"]),
    "one column": ("kind\ncarp\nperch\n", ["expected one or more columns beside the target"]),
    "a quote that is open": (f'{HEAD}\n1,2,"red,carp\n', ["double quote"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), TABLES.values(), ids=TABLES)
def test_a_table_is_refused_that_has(content, words, capsys):
    Path("fish.csv").write_text(content, encoding="utf-8")
    assert fails(here(capsys, "train", "fish.csv"), FAILED, "fish.csv", *words)
    assert not Path("runs").exists()


def test_a_file_that_is_no_text_is_refused(capsys):
    Path("fish.csv").write_bytes(bytes(range(256)))
    assert fails(here(capsys, "train", "fish.csv"), FAILED, "fish.csv", "UTF-8")


def test_a_table_without_the_target_is_refused(capsys):
    table("fish.csv", fish())
    assert fails(here(capsys, "train", "fish.csv", "--target", "knd"), FAILED, "no column 'knd'", "'kind'")


ROWS = {
    "no column of a feature": (("colour", "width"), ("red", 1), ["no column 'length'"]),
    "a word for a number": (("colour", "length", "width"), ("red", "long", 2), ["expected a number, found 'long'"]),
}


@pytest.fixture(scope="module")
def fish_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fish")
    table(folder / "fish.csv", fish())
    assert process("train", "fish.csv", "--epochs", 1, "--quiet", folder=folder).code == 0
    return folder / "runs" / "fish"


@pytest.mark.parametrize(("header", "row", "words"), ROWS.values(), ids=ROWS)
def test_rows_are_refused_that_have(header, row, words, fish_run, capsys):
    table("new.csv", [row], header)
    assert fails(here(capsys, "predict", fish_run, "new.csv"), FAILED, "new.csv", *words)


NOTED = {
    "a word that is unknown": (("green", 1, 2), ["new.csv, line 2", "'green' is unknown, so its inputs are 0"]),
    "a missing value": (("red", "", 2), ["1 missing cell is filled in: length (1: the median"]),
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("row", "words"), NOTED.values(), ids=NOTED)
def test_of_rows_it_is_said_that_they_have(row, words, fish_run, capsys):
    table("new.csv", [row], ("colour", "length", "width"))
    done = here(capsys, "predict", fish_run, "new.csv")
    assert (done.code, len(done.out.splitlines())) == (0, 2)
    assert done.err.startswith("chalkgrad: note: ")
    assert all(word in done.err for word in words), done.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{HEAD}\n1,2,red,carp\n3,,red,perch\n2,3,blue,carp\n", "1 missing cell is filled in: width (1: the median, "),
        ("a,a,kind\n1,2,carp\n3,4,perch\n", "the later columns are called 'a.1'"),
        (f"{HEAD}\n1,2,red,carp\n3,2,blue,perch\n", "column 'width' is left out: it is '2' in all rows"),
    ],
)
def test_of_a_table_it_is_said_before_training_what_was_done_to_it(content, words, capsys):
    Path("fish.csv").write_text(content, encoding="utf-8")
    done = here(capsys, "train", "fish.csv", "--epochs", 1, "--valid", 0)
    assert done.code == 0, done
    assert any(line.startswith("note  ") and words in line for line in done.out.splitlines()), done.out


def long_table(path):
    """Sixty rows with an id, a patient, a day, a length that sometimes lacks, and a kind."""
    rows = []
    for i in range(60):
        length = "" if i % 20 == 3 else i * i % 17
        rows.append((i, f"p{i % 6}", f"2024-{1 + i % 12:02}-{1 + i % 28:02}", length, "ab"[i * i % 3 > 0]))
    table(path, rows, ("id", "patient", "day", "length", "kind"))


def test_what_becomes_of_the_columns_is_shown_without_training(capsys):
    long_table("long.csv")
    done = here(capsys, "data", "show", "long.csv", "--target", "kind")
    assert done.code == 0, done
    assert not Path("runs").exists()
    lines = {line.split()[0]: line.split()[1:] for line in done.out.splitlines() if line.split()}
    assert (lines["day"], lines["length"]) == (["dates", "5"], ["numbers", "2"])
    assert lines["kind"] == ["2", "classes", "target"]
    assert "column 'id' is left out" in done.out
    assert "3 missing cells are filled in: length" in done.out


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("flags", "samples", "inputs"),
    [
        ((), {"train": 48, "valid": 12}, 13),
        (("--keep", "id"), {"train": 48, "valid": 12}, 14),
        (("--missing", "median"), {"train": 48, "valid": 12}, 12),
        (("--missing", "drop"), {"train": 45, "valid": 12}, 12),
        (("--group", "patient"), {"train": 40, "valid": 20}, 7),
        (("--time", "day"), {"train": 48, "valid": 12}, 13),
    ],
)
def test_flags_say_what_becomes_of_a_table(flags, samples, inputs, capsys):
    long_table("long.csv")
    done = here(capsys, "train", "long.csv", "--epochs", 1, "--quiet", *flags)
    assert done.code == 0, done
    results = json.loads(Path("runs/long/results.json").read_text())
    shape = len(load_run("runs/long").preprocessing.encoding.features)
    assert (results["samples"], shape) == (samples, inputs)
    assert here(capsys, "evaluate", "runs/long").code == 0


def test_a_flag_for_tables_is_refused_for_other_data(capsys):
    assert fails(here(capsys, "train", "xor", "--missing", "mean"), USAGE, "missing", "are for CSV files, not for xor")


def test_a_label_that_is_unknown_is_refused(fish_run, capsys):
    table("new.csv", [(1, 2, "red", "shark")])
    assert fails(here(capsys, "evaluate", fish_run, "--data", "new.csv"), FAILED, "new.csv", "'shark' is unknown")


def damage(content):
    def write(folder):
        images(folder)
        (folder / "red" / "0.png").write_bytes(content)

    return write


FOLDERS = {
    "nothing": (lambda folder: folder.mkdir(), ["photos"]),
    "no folders": (lambda folder: (folder.mkdir(), (folder / "a.png").write_bytes(b"")), ["photos"]),
    "one class only": (lambda folder: images(folder, ["red"]), ["photos"]),
    "a class without images": (lambda folder: (images(folder), (folder / "white").mkdir()), ["white"]),
    "an image that is empty": (damage(b""), ["0.png"]),
    "an image that is text": (damage(b"not an image"), ["0.png"]),
    "an image that is cut off": (damage(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), ["0.png"]),
}


@pytest.mark.parametrize(("make", "words"), FOLDERS.values(), ids=FOLDERS)
def test_a_folder_is_refused_with(make, words, tmp_path, capsys):
    make(tmp_path / "photos")
    assert fails(here(capsys, "train", "photos"), FAILED, *words)
    assert not Path("runs").exists()


def test_images_of_a_class_that_is_unknown_are_refused(tmp_path, capsys):
    images(tmp_path / "photos", n=4)
    here(capsys, "train", "photos", "--epochs", 1, "--size", 8, "--quiet")
    images(tmp_path / "others", ["red", "pink"], n=2)
    assert fails(here(capsys, "evaluate", "runs/photos", "--data", "others"), FAILED, "no class 'pink'")
    Path("broken.png").write_bytes(b"?")
    assert fails(here(capsys, "predict", "runs/photos", "photos/red/0.png", "broken.png"), FAILED, "broken.png")
