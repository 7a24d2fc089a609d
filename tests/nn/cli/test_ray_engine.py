"""`chalkgrad sweep --engine ray`: the same search on a Ray of this machine with two workers."""

import csv
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.cli_runs import ENVIRONMENT, fails, here

COMMAND = [sys.executable, "-m", "nn.cli", "sweep", "iris", "--engine", "ray", "--jobs", "2", "--trials", "8"]
SEARCH = ["--search", "lr=1e-3..1e-1:log", "hidden=4,8"]


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def killed(process):
    """Kill a worker of Ray that trains; whether there was one."""
    psutil = pytest.importorskip("psutil")
    for child in psutil.Process(process).children(recursive=True):
        try:
            name = " ".join(child.cmdline())
            if name.startswith("ray::") and "train" in name:
                child.kill()
                return True
        except psutil.Error:
            continue
    return False


def test_two_workers_of_ray_finish_all_trials_after_one_is_killed(tmp_path):
    pytest.importorskip("ray.tune", reason="ray is not installed: pip install -e '.[ray]'")
    optuna = pytest.importorskip("optuna")
    command = [*COMMAND, *SEARCH, "--epochs", "300", "--pruner", "none"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, **pipes) as sweep:
        while "1/8" not in (line := sweep.stderr.readline()):
            assert line, sweep.communicate()
        while not killed(sweep.pid):
            time.sleep(0.1)
        out, err = sweep.communicate(timeout=300)
    assert sweep.returncode == 0, err
    rows = table(tmp_path / "runs/sweep-iris/results.csv")
    assert Counter(row["end"] for row in rows) == {"full": 8}
    assert len({(row["lr"], row["hidden"]) for row in rows}) == 8
    assert out.splitlines()[0].split("\t")[:3] == ["trial", "lr", "hidden"]
    assert (tmp_path / "runs/sweep-iris" / f"trial-{rows[0]['trial']}" / "results.json").exists()
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(tmp_path / "runs/sweep-iris.journal"))
    )
    states = Counter(trial.state.name for trial in optuna.load_study(study_name="sweep", storage=storage).trials)
    assert states == {"COMPLETE": 8, "FAIL": 1}


def test_ray_prunes_as_the_sweep_says(tmp_path):
    pytest.importorskip("ray.tune", reason="ray is not installed: pip install -e '.[ray]'")
    pytest.importorskip("optuna")
    search = ["--search", "lr=0.03,0.03,0.02,0.025,0.015,0.04,1e-7,2e-7", "--sampler", "grid", "--epochs", "12"]
    done = subprocess.run([*COMMAND, *search], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done
    ends = {float(row["lr"]): row["end"] for row in table(tmp_path / "runs/sweep-iris/results.csv")}
    assert len(ends) == 7
    assert "pruned" in (ends[1e-7], ends[2e-7])
    assert done.stdout.startswith("trial\tlr\t")


def test_without_ray_it_says_what_to_install(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    done = here(capsys, "sweep", "iris", "--engine", "ray")
    assert fails(done, 1, "--engine ray runs on Ray Tune, which is not installed", "pip install -e '.[ray]'")
    assert not Path("runs/sweep-iris").exists()
