"""`chalkgrad sweep`: a search that processes share, of whose trials none is lost or done twice."""

import csv
import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from nn.cli import sweep_command, sweep_processes
from nn.cli.shared_study import ATTEMPTS, SharedStudy, alone_in, begins
from nn.cli.sweep import Plan, Sweep
from nn.runs.folder_lock import FolderLock
from nn.runs.settings import settings_from
from tests.cli_runs import COMMAND, ENVIRONMENT, fails, here, process

optuna = pytest.importorskip("optuna")

IRIS = ["sweep", "iris", "--epochs", 2, "--search", "lr=1e-3..1e-1:log", "hidden=4,8"]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(path="runs/sweep-iris/results.csv"):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def bare(monkeypatch):
    """Nothing is drawn, and the best run is left as it is: this takes longer than the trials."""
    monkeypatch.setattr(sweep_command, "draw", lambda sweep, rows: None)
    monkeypatch.setattr(sweep_command, "complete", Sweep.path)


def without_seconds(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def study(file="shared.journal", queue=(), **options):
    space = {"x": optuna.distributions.FloatDistribution(0, 1)}
    sampler = lambda begun: optuna.samplers.RandomSampler(begun)
    return SharedStudy(Path(file), "test", {"plan": 1}, space, sampler, queue=queue, **options)


# One process.


def test_a_sweep_leaves_a_table_pictures_and_a_run_that_is_ready(capsys, tmp_path):
    done = process(*IRIS, "--trials", 7, folder=tmp_path)
    assert done.code == 0, done
    lines = [line.split("\t") for line in done.out.splitlines()]
    assert lines[0] == ["trial", "lr", "hidden", "accuracy", "loss", "seconds", "epochs", "end"]
    assert sorted(int(line[0]) for line in lines[1:]) == list(range(7))
    ends = [line[-1] for line in lines[1:]]
    assert ends == sorted(ends)  # full, pruned
    progress = done.err.splitlines()
    assert [line.split()[0] for line in progress[:7]] == [f"{i}/7" for i in range(1, 8)]
    best = f"runs/sweep-iris/trial-{lines[1][0]}"
    assert progress[-1] == f"to go on with it: chalkgrad evaluate {best}"
    for picture in ("parallel.png", "importance.png"):
        assert Path("runs/sweep-iris", picture).read_bytes().startswith(b"\x89PNG")
    results = json.loads(Path(best, "results.json").read_text())
    assert results["accuracy"] == pytest.approx(float(lines[1][3]))
    assert here(capsys, "evaluate", best).code == 0
    assert here(capsys, "predict", best, table_of_flowers()).code == 0


def table_of_flowers():
    names = "sepal_length,sepal_width,petal_length,petal_width"
    Path("flowers.csv").write_text(f"{names}\n5.1,3.5,1.4,0.2\n", encoding="utf-8")
    return "flowers.csv"


def test_a_sequential_sweep_is_repeated_exactly_and_goes_on_as_if_it_had_not_been_stopped(bare, capsys):
    at_once = [*IRIS, "--seed", 3, "--storage", "a.journal"]
    assert here(capsys, *at_once, "--trials", 14).code == 0
    in_parts = [*IRIS, "--seed", 3, "--storage", "b.journal"]
    assert here(capsys, *in_parts, "--trials", 12).code == 0
    assert len(table("b/results.csv")) == 12
    assert here(capsys, *in_parts, "--trials", 14).code == 0
    assert without_seconds(table("a/results.csv")) == without_seconds(table("b/results.csv"))
    assert len({row["lr"] for row in table("a/results.csv")}) == 14
    again = here(capsys, *in_parts, "--trials", 14)
    assert again.code == 0
    assert "14/14" not in again.err  # nothing was left to do


def test_a_stopped_sweep_goes_on_with_the_trial_it_was_at(bare, capsys, monkeypatch):
    run, begun = Sweep.run, []

    def stopping(self, trial):
        begun.append(trial.params)
        if len(begun) == 3:
            raise KeyboardInterrupt
        run(self, trial)

    monkeypatch.setattr(Sweep, "run", stopping)
    stopped = here(capsys, *IRIS, "--trials", 4)
    assert stopped.code == 1
    assert stopped.err.splitlines()[-1] == "chalkgrad: stopped after 2 of 4 trials: the same command goes on"
    assert len(table()) == 2
    assert here(capsys, *IRIS, "--trials", 4).code == 0
    assert begun[3] == begun[2]
    assert len(table()) == 4


def test_the_best_found_on_digits_is_no_worse_than_the_default(bare, capsys):
    done = here(capsys, "sweep", "digits", "--trials", 6, "--epochs", 4, "--search", "lr=1e-4..1e-1:log")
    assert done.code == 0, done
    rows = table("runs/sweep-digits/results.csv")
    assert here(capsys, "train", "digits", "--epochs", 4, "--quiet").code == 0
    default = table("runs/digits/history.csv")[-1]
    first = next(row for row in rows if row["trial"] == "0")
    assert (first["lr"], first["accuracy"]) == ("0.01", default["valid_accuracy"])  # it is the first trial
    assert float(rows[0]["accuracy"]) >= float(default["valid_accuracy"])


def test_a_grid_is_tried_as_a_whole(bare, capsys):
    search = ["--search", "lr=0.01,0.1", "hidden=none,4x4", "batch_norm=true,false"]
    done = here(capsys, "sweep", "iris", "--sampler", "grid", "--pruner", "none", "--epochs", 1, *search)
    assert done.code == 0, done
    points = Counter((row["lr"], row["hidden"], row["batch_norm"]) for row in table())
    assert len(points) == 8
    assert set(points.values()) == {1}


@pytest.mark.parametrize(
    ("sampler", "pruner", "package"), [("random", "hyperband", "optuna"), ("cmaes", "none", "cmaes")]
)
def test_samplers_and_pruners_go_together(bare, capsys, sampler, pruner, package):
    pytest.importorskip(package)
    search = ["--search", "lr=1e-3..1e-1:log", "weight_decay=1e-6..1e-2:log"]
    flags = ["--trials", 6, "--epochs", 3, "--sampler", sampler, "--pruner", pruner]
    done = here(capsys, "sweep", "iris", *flags, *search)
    assert done.code == 0, done
    assert len(table()) == 6


def test_runs_that_diverge_are_rows_and_if_all_do_there_is_no_best(capsys):
    search = ["--search", "lr=0.01,1e38", "--sampler", "grid", "--epochs", 2]
    assert here(capsys, "sweep", "iris", *search).code == 0
    assert [row["end"] for row in table()] == ["full", "diverged"]
    done = here(capsys, "sweep", "iris", "--search", "lr=1e37,1e38", *search[2:], "--storage", "all.journal")
    assert done.code == 1
    assert "no run came to its end: try lower learning rates" in done.err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--search", "lr"], ["--search: expected NAME=LOW..HIGH", "'lr'"]),
        (["--search", "rate=1..2"], ["'rate' is none of the settings to search"]),
        (["--search", "seed=1,2"], ["'seed' is none of the settings to search"]),
        (["--search", "lr=2..1"], ["a range upwards"]),
        (["--search", "lr=0..1:log"], ["lr: expected a number above 0"]),
        (["--search", "dropout=0..0.5:log"], ["above 0 if it is a log one"]),
        (["--search", "optimizer=adam,sdg"], ["optimizer", "did you mean sgd?"]),
        (["--search", "optimizer=adam..sgd"], ["optimizer has no range"]),
        (["--search", "lr=1e-3,1e-2", "lr=1..2"], ["lr is given twice"]),
        (["--sampler", "grid", "--search", "lr=1..2"], ["lr=1..2 has no end of values"]),
        (["--sampler", "bayes"], ["--sampler: expected one of tpe, random, grid, cmaes, given 'bayes'"]),
        (["--pruner", "axe"], ["--pruner: expected one of median, hyperband, none"]),
        (["--engine", "steam"], ["--engine: expected one of local, ray"]),
        (["--storage", "search"], ["--storage: expected a file with an ending"]),
    ],
)
def test_what_cannot_be_searched_is_refused_and_leaves_nothing(capsys, tmp_path, flags, words):
    assert fails(here(capsys, "sweep", "iris", *flags), 2, *words)
    assert not list(tmp_path.iterdir())


def test_another_sweep_is_not_mixed_with_the_one_in_a_file(bare, capsys):
    assert here(capsys, *IRIS, "--trials", 1).code == 0
    for other in (["--seed", 1], ["--epochs", 3], ["--pruner", "none"]):
        done = here(capsys, *IRIS, "--trials", 1, *other)
        assert fails(done, 2, "--storage: runs/sweep-iris.journal has a sweep of other data, settings or seed")


# Several processes.


def test_two_processes_finish_all_trials_after_one_is_killed():
    command = [*COMMAND, *map(str, IRIS), "--trials", "20", "--pruner", "none", "--storage", "shared.journal"]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "env": ENVIRONMENT}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        for _ in range(2):
            assert "/20" in first.stderr.readline()
        victim = running_of(first.pid)
        os.kill(first.pid, signal.SIGKILL)
        _, told = second.communicate(timeout=200)
    assert second.returncode == 0, told
    rows = table("shared/results.csv")
    assert len(rows) == 20
    assert {row["end"] for row in rows} == {"full"}
    points = Counter((row["lr"], row["hidden"]) for row in rows)
    assert set(points.values()) == {1}
    trials = trials_in("shared.journal")
    failed = [trial for trial in trials if trial.state.name == "FAIL"]
    assert [trial.number for trial in failed] == victim
    assert len(trials) == 20 + len(victim)
    for trial in failed:
        (again,) = [other for other in trials if other.user_attrs.get("again") == trial.number]
        assert again.params == trial.params
        assert not Path("shared", f"trial-{trial.number}").exists()


def trials_in(file):
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(file)))
    return optuna.load_study(study_name="sweep", storage=storage).trials


def running_of(process):
    """The trial that a process is stopped in."""
    for _ in range(200):
        os.kill(process, signal.SIGSTOP)
        found = [
            trial.number
            for trial in trials_in("shared.journal")
            if trial.state.name == "RUNNING" and f"-{process}-" in trial.user_attrs.get("worker", "")
        ]
        if found:
            return found
        os.kill(process, signal.SIGCONT)
        time.sleep(0.02)
    raise AssertionError("the process has no trial")


def test_jobs_share_the_trials_and_it_is_said_that_they_cannot_be_repeated(bare, capfd):
    done = here(capfd, *IRIS, "--trials", 6, "--jobs", 2)
    assert done.code == 0, done
    assert len(table()) == 6
    assert done.err.startswith("chalkgrad: note: 2 processes learn from each other in the order in which they end")
    assert sum("/6  trial" in line for line in done.err.splitlines()) == 6


def test_if_all_processes_are_killed_the_trials_are_not_taken_for_done(capsys, monkeypatch, tmp_path):
    dying = tmp_path / "dying"
    dying.write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
    dying.chmod(0o755)
    monkeypatch.setattr(sweep_processes.sys, "executable", str(dying))
    done = here(capsys, *IRIS, "--trials", 2, "--jobs", 2, "--sampler", "random", "--pruner", "none")
    assert done.code == 1
    *notes, last = done.err.splitlines()
    assert len(notes) == 2
    assert all("was ended by signal 9; only its trial was lost" in note for note in notes)
    assert last == "chalkgrad: stopped after 0 of 2 trials: the same command goes on"


# The study itself.


def test_a_trial_that_ends_its_process_every_time_is_given_up():
    for _ in range(ATTEMPTS):
        shared = study(queue=[{"x": 0.5}])
        assert shared.take(1).params == {"x": 0.5}
        shared.close()
    last = study(queue=[{"x": 0.5}])
    assert last.take(1) is None
    assert [begins(trial) for trial in last.trials()] == [False, False, True]
    assert [trial.state.name for trial in last.done()] == ["FAIL"]
    last.close()


def test_who_wants_a_folder_that_is_held_waits_for_it(tmp_path):
    held, order = threading.Event(), []

    def hold():
        with FolderLock(tmp_path / "run"):
            held.set()
            time.sleep(0.2)
            order.append("first")

    other = threading.Thread(target=hold)
    other.start()
    held.wait()
    with alone_in(tmp_path / "run"):
        order.append("second")
    other.join()
    assert order == ["first", "second"]


def test_a_trial_that_failed_is_queued_once():
    shared = study()
    trial = shared.take(1)
    shared.fail(trial.number)
    shared.fail(trial.number)
    assert [each.state.name for each in shared.trials()] == ["FAIL", "WAITING"]
    assert shared.take(1).params == trial.params
    assert shared.next(1) is None
    shared.close()


def test_the_queue_of_a_study_that_is_opened_again_is_not_doubled():
    for _ in range(2):
        shared = study(queue=[{"x": 0.1}, {"x": 0.2}])
        assert len(shared.trials()) == 2
        shared.close()


def test_where_nothing_can_be_locked_no_search_begins(monkeypatch):
    monkeypatch.setattr("nn.cli.shared_study.lockable", lambda folder: False)
    with pytest.raises(ValueError, match="its file system has no locks"):
        study()


def test_a_plan_is_read_back_from_its_file():
    plan = Plan(settings_from({"dataset": "iris", "quiet": True}), {"lr": "0.01,0.1"}, "grid", "none")
    with Sweep(Path("a.journal"), plan):
        assert Plan.of(Path("a.journal")) == plan
