"""`chalkgrad explore`: short trainings with many settings, which can be stopped, taken up again and shared."""

import csv
import itertools
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nn.cli import explore_command as explore
from nn.cli.explore_command import draw_map, effect, flags
from nn.cli.search import KINDS, Search, drawn, grid, numbers_of
from nn.runs.settings import ConfigError, settings_from
from nn.train import Trainer
from tests.cli_runs import COMMAND, ENVIRONMENT, fails, here, process

pytest.importorskip("optuna")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(path):
    """The rows of a results.csv, with numbers for the numbers."""
    with open(path, encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def points(rows, *names):
    return sorted(tuple(row[name] for name in names) for row in rows)


def count(monkeypatch, stop_at=None):
    """Notes every training that is begun, and presses Ctrl-C at one of them."""
    begun, attempt = [], explore.attempt

    def counting(settings, data):
        begun.append(settings)
        if len(begun) == stop_at:
            raise KeyboardInterrupt
        return attempt(settings, data)

    monkeypatch.setattr(explore, "attempt", counting)
    return begun


# What is tried.


def test_every_combination_is_trained_and_the_best_comes_first(tmp_path):
    numbers = ["--lr", 0.001, 0.1, "--width", 4, 16, "--depth", 1, 2, "--batch-size", 8, "--epochs", 2]
    done = process("explore", "iris", *numbers, folder=tmp_path)
    assert done.code == 0
    rows = table(tmp_path / "runs/explore-iris/results.csv")
    assert list(rows[0]) == ["lr", "width", "depth", "batch_size", "accuracy", "loss", "seconds"]
    assert points(rows, "lr", "width", "depth") == list(itertools.product([0.001, 0.1], [4, 16], [1, 2]))
    assert [row["accuracy"] for row in rows] == sorted((row["accuracy"] for row in rows), reverse=True)
    for row in rows:
        assert row["batch_size"] == 8
        assert row["loss"] > 0
    assert (tmp_path / "runs/explore-iris/heat_map.png").read_bytes().startswith(b"\x89PNG")


def test_in_a_pipe_the_table_is_all_that_is_printed(capsys):
    done = here(capsys, "explore", "iris", "--lr", "0.01", "0.1", "--epochs", 1)
    assert done.code == 0
    lines = [line.split("\t") for line in done.out.splitlines()]
    assert lines[0] == ["lr", "accuracy", "loss", "seconds"]
    assert len(lines) == 3
    progress = done.err.splitlines()
    assert [line.split()[0] for line in progress[:2]] == ["1/2", "2/2"]
    assert progress[2:] == [f"to train the best in full: chalkgrad train iris --lr {lines[1][0]}"]


def test_on_a_terminal_there_is_a_table_to_look_at(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    done = here(capsys, "explore", "iris", "--lr", 0.01, 0.1, "--epochs", 1)
    lines = re.sub(r"\x1b\[[\d;]*m", "", done.out).splitlines()
    head, *rows = [line.split() for line in lines if line.strip() and "─" not in line]
    assert head == ["learning", "rate", "accuracy", "loss", "seconds"]
    assert rows[0][1].endswith("%")
    assert "to train the best in full: chalkgrad train iris --lr" in done.out


def test_a_training_is_the_one_that_train_does(capsys, tmp_path):
    chosen = ["--batch-size", 16, "--seed", 3, "--epochs", 2]
    here(capsys, "explore", "digits", "--lr", 0.02, "--width", 24, "--depth", 2, *chosen)
    (row,) = table(tmp_path / "runs/explore-digits/results.csv")
    assert here(capsys, "train", "digits", "--lr", 0.02, "--hidden", 24, 24, *chosen, "--quiet").code == 0
    last = table("runs/digits/history.csv")[-1]
    assert (row["accuracy"], row["loss"]) == (last["valid_accuracy"], last["valid_loss"])


def test_nothing_is_chosen_by_the_test_data(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(explore, "load_data", lambda settings: seen.append(settings) or pytest.skip.Exception)
    monkeypatch.setattr(explore, "Search", lambda *given: (_ for _ in ()).throw(ConfigError("enough")))
    for dataset in ("mnist", "iris"):
        with pytest.raises(ConfigError, match="enough"):
            explore.explore(dataset)
    assert [settings.valid for settings in seen] == [explore.HELD_OUT, 0.2]


def test_a_regression_is_judged_by_its_error(capsys, tmp_path):
    lines = [f"{i / 10},{i % 3},{i / 5 + i % 3}" for i in range(60)]
    Path("line.csv").write_text("\n".join(["a,b,y", *lines]) + "\n", encoding="utf-8")
    assert here(capsys, "explore", "line.csv", "--lr", 0.0001, 0.02, "--width", 4, 16, "--epochs", 3).code == 0
    rows = table("runs/explore-line/results.csv")
    assert list(rows[0]) == ["lr", "width", "mae", "loss", "seconds"]
    assert [row["mae"] for row in rows] == sorted(row["mae"] for row in rows)
    assert rows[0]["lr"] == 0.02


def test_a_training_that_diverges_is_a_row(tmp_path):
    done = process("explore", "iris", "--lr", 0.01, 1e38, "--width", 4, 8, "--epochs", 3, folder=tmp_path)
    assert done.code == 0
    assert done.err.count("accuracy diverged  loss diverged") == 2
    rows = table("runs/explore-iris/results.csv")
    assert [math.isnan(row["loss"]) and math.isnan(row["accuracy"]) for row in rows] == [False, False, True, True]


def test_a_training_that_diverges_is_ended():
    base = settings_from({"dataset": "iris", "lr": 1e38, "epochs": 50, "quiet": True})
    seen = []

    whole = Trainer.fit

    def fit(self, *given, **options):
        seen.append(self)
        return whole(self, *given, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "fit", fit)
        metrics = explore.attempt(base, explore.load_data(base))
    assert seen[0].step < 5
    assert math.isnan(metrics["loss"])


def test_if_all_diverge_there_is_no_best(capsys):
    done = here(capsys, "explore", "iris", "--lr", "1e38", "--epochs", 3)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("chalkgrad: every run diverged: try lower learning rates (--lr)")
    assert "to train the best" not in done.err


def test_random_settings_lie_between_the_numbers_and_follow_from_the_seed():
    numbers = {"lr": [0.001, 1.0], "width": [4, 64], "depth": [1, 3], "batch_size": [32]}
    found = drawn(numbers, 60, 0)
    assert len(found) == 60
    for point in found:
        assert list(point) == list(numbers)
        assert all(min(numbers[name]) <= value <= max(numbers[name]) for name, value in point.items())
        assert all(isinstance(value, KINDS[name]) for name, value in point.items())
        assert point["lr"] == float(f"{point['lr']:.3g}")
    assert 15 < sum(point["lr"] < 0.0316 for point in found) < 45  # half of the orders of magnitude
    assert {point["depth"] for point in found} == {1, 2, 3}
    assert found == drawn(numbers, 60, 0)
    assert found != drawn(numbers, 60, 1)
    assert drawn({"depth": [1, 2]}, 20, 0) in ([{"depth": 1}, {"depth": 2}], [{"depth": 2}, {"depth": 1}])


def test_random_settings_are_tried_from_the_command_line(capsys):
    done = here(capsys, "explore", "iris", "--lr", "1e-3", 1, "--width", 4, 64, "--random", 5, "--epochs", 1)
    assert done.code == 0
    rows = table("runs/explore-iris/results.csv")
    found = drawn({"lr": [0.001, 1.0], "width": [4, 64]}, 5, 0)
    assert points(rows, "lr", "width") == points(found, "lr", "width")
    assert Path("runs/explore-iris/heat_map.png").exists()


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ({"lr": 0.01}, ["--lr", "0.01"]),
        ({"lr": 1e-05, "batch_size": 8}, ["--lr", "1e-05", "--batch-size", "8"]),
        ({"width": 32}, ["--hidden", "32", "32"]),
        ({"depth": 3}, ["--hidden", "16", "16", "16"]),
        ({"width": 8, "depth": 1}, ["--hidden", "8"]),
        ({"width": 8, "depth": 0}, ["--hidden", "none"]),
    ],
)
def test_the_command_for_the_best_says_all_that_was_searched(point, expected):
    assert flags({**point, "loss": 0.1}, settings_from({"dataset": "moons"})) == expected


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("lr", "0.01 0.001,0.1 0.1", [0.001, 0.01, 0.1]),
        ("width", "64,16", [16, 64]),
        ("depth", "2 0 1", [0, 1, 2]),
        ("batch_size", [8], [8]),
    ],
)
def test_numbers_are_read_as_they_come(name, given, expected):
    assert numbers_of(name, given) == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--lr", "fast"], "--lr: expected numbers above 0, given 'fast'"),
        (["--lr", "0"], "--lr: expected numbers above 0, given '0'"),
        (["--lr", "nan"], "--lr: expected numbers above 0, given 'nan'"),
        (["--lr", "inf"], "--lr: expected numbers above 0, given 'inf'"),
        (["--width", "1.5"], "--width: expected whole numbers above 0, given '1.5'"),
        (["--depth", "-1"], "--depth: expected whole numbers 0 or above, given '-1'"),
        (["--batch-size", ""], "--batch-size: expected whole numbers above 0, given ''"),
    ],
)
def test_numbers_that_cannot_be_are_refused(capsys, tmp_path, given, words):
    assert fails(here(capsys, "explore", "iris", *given), 2, words)
    assert not list(tmp_path.iterdir())


def test_data_that_is_not_there_leaves_nothing_behind(tmp_path):
    done = process("explore", "mnist", folder=tmp_path, CHALKGRAD_DATA=str(tmp_path / "none"))
    assert fails(done, 1, "mnist is not on this machine")
    assert not list(tmp_path.iterdir())


def test_the_map_shows_the_two_settings_that_matter_most():
    rows = [{**point, "accuracy": point["width"] / 100 + point["lr"], "loss": 1.0} for point in
            grid({"lr": [0.01, 0.1], "width": [16, 64], "depth": [1, 2]})]  # fmt: skip
    assert [round(effect(rows, name), 9) for name in ("lr", "width", "depth")] == [0.09, 0.48, 0]
    rows[-1]["accuracy"] = math.nan
    assert effect(rows, "depth") > 0


def test_the_map_frames_the_one_that_the_table_puts_first(monkeypatch, tmp_path):
    rows = [{"lr": 0.1, "width": 64, "accuracy": 0.9}, {"lr": 0.1, "width": 16, "accuracy": 0.9},
            {"lr": 0.2, "width": 16, "accuracy": 0.5}]  # fmt: skip
    framed = {}
    monkeypatch.setattr("nn.plot.heat_map", lambda values, others, *_, mode, best: framed.update(best=best, mode=mode))
    draw_map(rows, tmp_path / "map.png")
    assert framed == {"best": (0.1, 64), "mode": "max"}


# Taken up again, and shared.


def test_a_search_that_was_stopped_goes_on(capsys, monkeypatch, tmp_path):
    command = ["explore", "iris", "--lr", 0.001, 0.01, 0.1, "--width", 4, 8, "--epochs", 1]
    begun = count(monkeypatch, stop_at=4)
    stopped = here(capsys, *command)
    assert stopped.code == 1
    assert stopped.err.splitlines()[-1] == "chalkgrad: stopped after 3 of 6 runs: the same command continues"
    before = table("runs/explore-iris/results.csv")
    assert len(before) == 3
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    begun = count(monkeypatch)
    done = here(capsys, *command)
    assert done.code == 0
    assert len(begun) == 3
    rows = table("runs/explore-iris/results.csv")
    assert points(rows, "lr", "width") == points(grid({"lr": [0.001, 0.01, 0.1], "width": [4, 8]}), "lr", "width")
    assert all(row in rows for row in before)
    assert here(capsys, *command).out == done.out
    assert len(begun) == 3


def test_a_search_whose_process_died_goes_on(capsys):
    command = ["explore", "iris", "--lr", "0.001", "0.01", "0.1", "--width", "4", "8", "--epochs", "1"]
    program = (
        "import os; from nn.cli import explore_command as explore, main; attempt, begun = explore.attempt, []\n"
        "explore.attempt = lambda *given: begun.append(0) or (os._exit(9) if len(begun) == 3 else attempt(*given))\n"
        f"main({command})"
    )
    dead = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True)
    assert dead.returncode == 9
    assert len(dead.stderr.splitlines()) == 2
    done = here(capsys, *command)
    assert done.code == 0
    assert len(done.err.splitlines()) == 4 + 1
    rows = table("runs/explore-iris/results.csv")
    assert points(rows, "lr", "width") == points(grid({"lr": [0.001, 0.01, 0.1], "width": [4, 8]}), "lr", "width")


def test_processes_share_a_search():
    command = [*COMMAND, "explore", "iris", "--lr", "0.001", "0.01", "0.1", "--width", "4", "8", "--epochs", "1"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    children = [subprocess.Popen(command, env=ENVIRONMENT, **pipes) for _ in range(2)]
    told = [child.communicate(timeout=100) for child in children]
    assert [child.returncode for child in children] == [0, 0], told
    first, second = ([line.rpartition("\t")[0] for line in out.splitlines()] for out, _ in told)
    assert first == second  # but for the seconds: the last point may have been trained by both
    rows = table("runs/explore-iris/results.csv")
    assert points(rows, "lr", "width") == points(grid({"lr": [0.001, 0.01, 0.1], "width": [4, 8]}), "lr", "width")
    assert sum(len(err.splitlines()) - 1 for _, err in told) <= 6 + 1


def test_a_training_that_two_processes_did_is_one_row(tmp_path):
    search = Search(tmp_path / "search", settings_from({"dataset": "iris"}), [{"lr": 0.1}])
    trials = [search.study.ask() for _ in range(2)]
    for loss, trial in enumerate(trials):
        assert trial.suggest_int("point", 0, 0) == 0
        search.finish(trial, {"accuracy": 0.5, "loss": loss, "seconds": 1.0})
    assert search.rows() == [{"lr": 0.1, "accuracy": 0.5, "loss": 0, "seconds": 1.0}]


def test_another_search_is_not_mixed_with_the_one_in_a_folder(capsys):
    assert here(capsys, "explore", "iris", "--lr", 0.01, "--epochs", 1, "--out", "here").code == 0
    for other in (["--lr", 0.02], ["--lr", 0.01, "--seed", 1], ["--lr", 0.01, "--epochs", 2]):
        done = here(capsys, "explore", "iris", "--epochs", 1, *other, "--out", "here")
        assert fails(done, 2, "--out: here has a search with other settings: choose another folder")
    assert len(table("here/results.csv")) == 1


def test_a_folder_with_other_things_in_it_is_left_alone(capsys):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine", encoding="utf-8")
    done = here(capsys, "explore", "iris", "--lr", 0.01, "--out", "mine")
    assert fails(done, 2, "--out: mine is not empty, and there is no search in it: choose another folder")
    assert [path.name for path in Path("mine").iterdir()] == ["notes.txt"]


def test_what_is_missing_is_named(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert fails(here(capsys, "explore", "iris"), 1, "explore searches with Optuna", "pip install -e '.[train]'")
