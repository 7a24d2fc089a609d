"""A run whose data have changed since: what is held out was never trained on, and nothing goes on unnoticed."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from nn.data import TensorDataset, datasets
from nn.runs.data_of_run import data_of
from nn.runs.data_record import DataRecord
from nn.runs.run_folder import RunFolder
from tests.cli_runs import fails, here
from tests.nn.cli.test_inputs import images

RUN, ROWS = "runs/coins", 400
REFUSED = "has changed since the run was trained, which cannot go on"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nn.cli.run_pictures.draw_pictures", lambda *given: [])


def write(rows, name="coins.csv", head="a,b,c,coin"):
    Path(name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def coins(n=ROWS, seed=0):
    """Rows whose label is the flip of a coin, so that a network can only know it by heart."""
    draw = np.random.default_rng(seed)
    return [f"{a:.5f},{b:.5f},{c:.5f},{'heads' if flip else 'tails'}"
            for (a, b, c), flip in zip(draw.normal(size=(n, 3)), draw.integers(0, 2, n), strict=True)]  # fmt: skip


@pytest.fixture
def rows(capsys):
    found = coins()
    write(found)
    done = here(capsys, "train", "coins.csv", "--hidden", 256, "--weight-decay", 0, "--epochs", 40, "--quiet")
    assert (done.code, done.err) == (0, "")
    return found


def split():
    """The rows of the file that are in each part, as text."""
    data = data_of(RunFolder.open(Path(RUN)))
    lines = Path("coins.csv").read_text().splitlines()[1:]
    return {name: [lines[i] for i in part.indices] for name, part in data.parts.items()}


def measured(capsys):
    """What `evaluate` says: the note, and the share that is correct."""
    done = here(capsys, "evaluate", RUN)
    assert (done.code, done.err) == (0, "")
    note, _, rest = done.out.partition("% correct")
    *notes, verdict = note.splitlines()
    return "\n".join(notes), float(verdict), re.search(r"of ([\d,]+) held-out rows", rest)[1]


def test_rows_in_another_order_are_the_same_rows(rows, capsys):
    before, held = measured(capsys), split()
    assert before[0] == ""
    np.random.default_rng(1).shuffle(rows)
    write(rows)
    note, share, count = measured(capsys)
    assert (share, count) == (before[1], "80")
    assert share < 65
    assert "coins.csv has changed since the run was trained: the same rows, in another order" in note
    assert "rows that it was not trained on: 80" in note
    assert split() == held


def test_numbers_written_in_another_way_are_the_same_numbers(rows, capsys):
    before = measured(capsys)
    write([",".join([*(f"{float(cell):.9e}" for cell in row.split(",")[:3]), row.split(",")[3]]) for row in rows])
    note, *rest = measured(capsys)
    assert "the same rows" in note
    assert rest == [*before[1:]]


def test_rows_that_were_trained_on_are_never_held_out(rows, capsys):
    trained, held = (set(split()[name]) for name in ("train", "valid"))
    flipped = [row.replace("heads", "TAILS").replace("tails", "heads").replace("TAILS", "tails") for row in rows[:50]]
    write([*flipped, *rows[100:], *rows[100:130], *coins(25, seed=9)])  # another label, gone, twice, new
    note, _, count = measured(capsys)
    now = split()
    new = [row for row in now["valid"] if row not in held]
    inputs = {row.rpartition(",")[0] for row in trained}
    assert not [row for row in now["valid"] if row.rpartition(",")[0] in inputs]
    assert {*coins(25, seed=9)} <= {*new}
    assert int(count) == len(now["valid"])
    assert "new or changed rows: 105, rows that are gone: 100" in note


def test_copies_of_a_row_are_told_apart_by_their_number(capsys):
    twice = [row for row in coins(60) for _ in range(4)]
    write(twice)
    here(capsys, "train", "coins.csv", "--epochs", 1, "--quiet")
    held = split()
    write(twice[::-1])
    assert split() == held
    trained = set(held["train"])
    write([*{*twice}])
    assert not trained & {*split().get("valid", [])}


def test_where_no_row_is_left_to_hold_out_that_is_said(rows, capsys):
    write(split()["train"])
    assert fails(here(capsys, "evaluate", RUN), 1, "nothing is left that the model was not trained on", "--data train")
    done = here(capsys, "evaluate", RUN, "--data", "train")
    assert (done.code, done.out.count("training rows")) == (0, 1)


def test_a_file_with_rows_that_were_trained_on_is_told(rows, capsys):
    write([*rows[:7], *coins(5, seed=3)], "other.csv")
    trained = sum(row in split()["train"] for row in rows[:7])
    out = here(capsys, "evaluate", RUN, "--data", "other.csv").out
    assert f"note: {trained} of 12 in other.csv are data that the model was trained on" in out
    write(coins(5, seed=3), "other.csv")
    assert "trained on" not in here(capsys, "evaluate", RUN, "--data", "other.csv").out


CHANGES = {
    "another order": (lambda rows: rows[::-1], "the same rows, in another order"),
    "a row less": (lambda rows: rows[1:], "new or changed rows: 0, rows that are gone: 1"),
    "a row more": (lambda rows: [*rows, "1,2,3,tails"], "new or changed rows: 1, rows that are gone: 0"),
    "a number": (lambda rows: ["9,9,9,heads", *rows[1:]], "new or changed rows: 1, rows that are gone: 1"),
    "a new class": (lambda rows: ["9,9,9,edge", *rows[1:]], "'edge' is unknown"),
    "no number": (lambda rows: ["x,9,9,heads", *rows[1:]], "expected a number, found 'x'"),
    "a number less": (lambda rows: ["?,9,9,heads", *rows[1:]], "new or changed rows: 1, rows that are gone: 1"),
}


@pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")
@pytest.mark.parametrize(("change", "what"), CHANGES.values(), ids=[*CHANGES])
def test_a_run_does_not_go_on_with_other_data(change, what, capsys):
    write(coins(40))
    here(capsys, "train", "coins.csv", "--epochs", 2, "--quiet")
    before = {path: path.read_bytes() for path in Path(RUN).rglob("*") if path.is_file()}
    write(change(coins(40)))
    assert fails(here(capsys, "train", "--resume", RUN, "--epochs", 9), 1, REFUSED, what, "chalkgrad train --config")
    assert before == {path: path.read_bytes() for path in Path(RUN).rglob("*") if path.is_file()}
    write(["x", *[f"{row},0" for row in coins(40)]][1:], head="a,b,c,coin,x")
    assert fails(here(capsys, "train", "--resume", RUN, "--epochs", 9), 1, REFUSED)


def test_check_says_that_the_data_have_changed(rows, capsys):
    pytest.importorskip("torch")
    write(rows[::-1])
    done = here(capsys, "check", RUN)
    assert done.code == 0
    assert done.out.startswith("note: ")
    assert "has changed since the run was trained" in done.out


def test_a_fingerprint_is_kept_with_the_run(rows):
    source = json.loads(Path(RUN, "data.json").read_text())
    assert source["rows"] == ROWS
    assert source["columns"] == ["a", "b", "c", "coin"]
    assert source["bytes"] == Path("coins.csv").stat().st_size
    assert len(source["sha256"]) == 64
    assert source["changed"].startswith("20")
    assert {name: len(ids) for name, ids in DataRecord.load(Path(RUN)).parts.items()} == {"train": 320, "valid": 80}


def test_images_are_known_by_their_files(capsys):
    pytest.importorskip("PIL.Image")
    images(Path("photos"))
    here(capsys, "train", "photos", "--size", 8, "--epochs", 1, "--quiet")
    run = RunFolder.open(Path("runs/photos"))
    first = data_of(run)
    assert first.note == ""
    held = {first.parts["valid"].dataset.files[i].read_bytes() for i in first.parts["valid"].indices}
    for path in Path("photos").glob("*/*"):
        path.rename(path.with_name(f"z{path.name}" if int(path.stem) % 2 else f"a{path.name}"))
    moved = Path("photos/red/a0.png").rename("photos/blue/moved.png").read_bytes()  # now of another class
    new = data_of(run)
    assert "photos has changed since the run was trained: new or changed images: 1, images that are gone: 1" in new.note
    now = {new.parts["valid"].dataset.files[i].read_bytes() for i in new.parts["valid"].indices}
    assert now == held | {moved} if moved in held else now == held


def test_a_run_without_a_record_is_used_and_that_is_said(rows, capsys):
    for name in ("data.json", "split.safetensors"):
        Path(RUN, name).unlink()
    note, _, count = measured(capsys)
    assert "kept no record of its data: whether they have changed is unknown" in note
    assert count == "80"
    assert here(capsys, "train", "--resume", RUN, "--epochs", 41).code == 0


def test_a_damaged_record_is_told(rows, capsys):
    Path(RUN, "data.json").write_text("[]")
    assert fails(here(capsys, "evaluate", RUN), 1, "data.json and split.safetensors are not what")
    Path(RUN, "data.json").write_text("{")
    assert fails(here(capsys, "train", "--resume", RUN), 1, "data.json and split.safetensors")


def test_a_built_in_data_set_of_another_version_is_refused(capsys, monkeypatch):
    here(capsys, "train", "iris", "--epochs", 1, "--quiet")
    assert here(capsys, "evaluate", "runs/iris").code == 0
    iris = datasets.iris()
    monkeypatch.setattr(datasets, "iris", lambda: TensorDataset(*(part[1:] for part in iris.tensors)))
    assert fails(here(capsys, "evaluate", "runs/iris"), 1, "iris is not the data set that the run was trained on")
    assert fails(here(capsys, "train", "--resume", "runs/iris", "--epochs", 2), 1, REFUSED)
