"""Where a run is kept: one process at a time, one run to a folder, and what to do when the disk is full."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from nn.runs.folder_lock import LOCK, FolderInUseError, FolderLock
from nn.train import Callback, Checkpoints, EarlyStopping, History, Trainer
from nn.train.not_saved import NotSavedError
from tests.cli_runs import ENVIRONMENT, fails, here
from tests.nn.train.test_resume import ROOT, ended, start, wait_for

HOLD = """
import sys, time
from pathlib import Path
from nn.runs.folder_lock import FolderLock
with FolderLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder):
    """A process that holds the lock of a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, env=ENVIRONMENT,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    wait_for(process, "held")
    return process


def fit(trainer, epochs=2, resume=False):
    """Train a small network, always in the same way; return it."""
    autograd.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(32, 2)).astype(np.float32)
    net = nn.MLP(2, [4, 1])
    data = (x[:24], x[:24, :1]), (x[24:], -x[24:, :1])  # what is learned is wrong there: the loss soon rises
    trainer.fit(net, *data, epochs, optim.SGD(net.parameters(), lr=0.1), nn.MSELoss(), resume=resume)
    return net


def quiet(folder, *callbacks):
    return Trainer(folder, callbacks=[*callbacks, Checkpoints()], progress=False)


def weights(net):
    return {name: value.numpy().tobytes() for name, value in net.state_dict().items()}


# Two processes.


def test_a_run_that_another_process_trains_is_refused_and_named(tmp_path):
    folder = tmp_path / "run"
    first = start(folder, "--slow")
    wait_for(first, "step 1")
    second = start(folder, "--resume")
    told = second.communicate(timeout=60)[1].splitlines()[-1]
    assert second.returncode == 1
    assert told.startswith("nn.runs.folder_lock.FolderInUseError: ")
    assert f"{folder} is in use by process {first.pid} on " in told
    first.kill()
    ended(first)
    assert (folder / LOCK).exists()
    third = start(folder, "--resume")
    third.stdout.read()
    assert ended(third) == ""
    assert third.returncode == 0
    assert not (folder / LOCK).exists()


def test_the_command_line_refuses_it_too(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nn.cli.run_pictures.draw_pictures", lambda *given: [])
    assert here(capsys, "train", "xor", "--epochs", 1).code == 0
    before = {path: path.read_bytes() for path in Path("runs").rglob("*") if path.is_file()}
    process = holder(tmp_path / "runs/xor")
    done = here(capsys, "train", "--resume", "runs/xor", "--epochs", 3)
    assert fails(done, 1, f"runs/xor is in use by process {process.pid} on ", "since 20")
    process.kill()
    ended(process)
    (tmp_path / "runs/xor" / LOCK).unlink()
    assert before == {path: path.read_bytes() for path in Path("runs").rglob("*") if path.is_file()}
    assert here(capsys, "train", "--resume", "runs/xor", "--epochs", 3).code == 0
    assert not (tmp_path / "runs/xor" / LOCK).exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_dies_with_its_process(how, tmp_path):
    process = holder(tmp_path)
    with pytest.raises(FolderInUseError, match=f"process {process.pid} "):
        FolderLock(tmp_path)
    process.send_signal(how)
    ended(process)
    with FolderLock(tmp_path):
        assert json.loads((tmp_path / LOCK).read_text())["process"] == os.getpid()
    assert not (tmp_path / LOCK).exists()


def test_a_thread_may_hold_it_twice_and_another_may_not(tmp_path):
    found = []

    def other():
        try:
            FolderLock(tmp_path).release()
        except FolderInUseError as error:
            found.append(str(error))
        else:
            found.append("")

    def asked():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return found[-1]

    with FolderLock(tmp_path):
        with FolderLock(tmp_path):
            pass
        assert "in use by another thread of this process" in asked()
    assert asked() == ""


# Numbered runs.


def test_a_cell_that_runs_twice_leaves_two_runs(tmp_path, capsys):
    first = quiet(tmp_path / "first")
    fit(first)
    before = {path: path.read_bytes() for path in (tmp_path / "first").rglob("*") if path.is_file()}
    again = quiet(tmp_path / "first")
    assert capsys.readouterr().out == ""
    fit(again, epochs=3)
    assert again.out == tmp_path / "first-2"
    told = capsys.readouterr().out
    assert told == f"{tmp_path / 'first'} has another run, which stays as it is: this one is kept in {again.out}\n"
    assert before == {path: path.read_bytes() for path in (tmp_path / "first").rglob("*") if path.is_file()}
    assert [len(History.load(tmp_path / run / "history.jsonl")) for run in ("first", "first-2")] == [2, 3]
    fit(again)
    assert again.out == tmp_path / "first-3"


def test_to_resume_takes_the_run_that_was_named_or_the_trainers_own(tmp_path, capsys):
    fit(quiet(tmp_path / "first"))
    second = quiet(tmp_path / "first")
    fit(second)
    fit(second, epochs=3, resume=True)
    assert second.out == tmp_path / "first-2"
    named = quiet(tmp_path / "first")
    fit(named, epochs=4, resume=True)
    assert named.out == tmp_path / "first"
    assert [len(History.load(tmp_path / run / "history.jsonl")) for run in ("first", "first-2")] == [4, 3]


def test_a_folder_in_use_is_not_taken(tmp_path, capsys):
    process = holder(tmp_path / "first")
    trainer = quiet(tmp_path / "first")
    fit(trainer)
    assert trainer.out == tmp_path / "first-2"
    with pytest.raises(RuntimeError, match=f"process {process.pid} "):
        fit(quiet(tmp_path / "first"), resume=True)
    process.kill()
    ended(process)


def test_a_folder_with_other_files_is_taken_as_it_is(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    trainer = quiet(tmp_path)
    fit(trainer)
    assert trainer.out == tmp_path
    assert capsys.readouterr().out == ""


# To stop early, and to go on.


def test_a_run_that_stopped_early_goes_on_with_more_patience_as_if_it_always_had_it(tmp_path, capsys):
    net = fit(quiet(tmp_path / "whole", EarlyStopping(patience=12)), epochs=40)
    first = quiet(tmp_path / "parts", EarlyStopping(patience=3))
    fit(first, epochs=40)
    whole = History.load(tmp_path / "whole" / "history.jsonl")
    assert first.epoch < len(whole) < 40
    stopped = first.epoch
    fit(quiet(tmp_path / "parts", EarlyStopping(patience=3)), epochs=40, resume=True)
    told = f"nothing left to do after epoch {stopped} of 40, where it stopped early; a larger patience goes on"
    assert told in capsys.readouterr().out
    again = fit(quiet(tmp_path / "parts", EarlyStopping(patience=12)), epochs=40, resume=True)
    assert len(History.load(tmp_path / "parts" / "history.jsonl")) == len(whole)
    assert weights(again) == weights(net)


def test_a_finished_run_says_that_there_is_nothing_left_to_do(tmp_path, capsys):
    fit(quiet(tmp_path))
    assert capsys.readouterr().out == ""
    fit(quiet(tmp_path), resume=True)
    assert capsys.readouterr().out == f"{tmp_path}: nothing left to do after epoch 2 of 2; more epochs train further\n"


def test_early_stop_can_be_raised_on_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nn.cli.run_pictures.draw_pictures", lambda *given: [])
    flags = ["train", "moons", "--epochs", 60, "--lr", 0.05, "--schedule", "constant", "--early-stop"]
    assert here(capsys, *flags, 20, "--out", "whole").code == 0
    assert here(capsys, *flags, 2, "--out", "parts").code == 0
    epochs = {run: len(History.load(f"{run}/history.jsonl")) for run in ("whole", "parts")}
    assert epochs["parts"] < epochs["whole"]
    assert "where it stopped early; a larger patience goes on" in here(capsys, "train", "--resume", "parts").out
    done = here(capsys, "train", "--resume", "parts", "--early-stop", 20)
    assert (done.code, done.err) == (0, "")
    assert Path("parts/model.safetensors").read_bytes() == Path("whole/model.safetensors").read_bytes()
    assert "resumed after early_stop = 2" in Path("parts/config.toml").read_text()
    assert fails(here(capsys, "train", "--resume", "parts", "--early-stop", 0), 2, "--early-stop: expected a number")


# A full disk.


class Full(Callback):
    """No file can be longer than this any more, from an epoch on."""

    def __init__(self, size, epoch=2):
        self.size, self.at = size, epoch

    def on_epoch_start(self, run):
        if run.epoch + 1 == self.at:
            import resource

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, resource.RLIM_INFINITY))


@pytest.fixture
def room_again():
    resource = pytest.importorskip("resource")
    before = signal.getsignal(signal.SIGXFSZ)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize(("size", "what"), [(100, "the history"), (600, "a checkpoint")])
def test_the_error_says_which_run_goes_on_and_how(size, what, tmp_path, room_again):
    net = fit(quiet(tmp_path / "whole"), epochs=4)
    full = Trainer(tmp_path / "run", callbacks=[Full(size, 3), Checkpoints(seconds=0)], progress=False)
    with pytest.raises(NotSavedError, match=f"{what} could not be saved, the last good .* is .*step-") as caught:
        fit(full, epochs=4)
    assert f"once there is room, Trainer('{tmp_path / 'run'}', …).fit(…, resume=True) goes on" in str(caught.value)
    room_again()
    assert weights(fit(quiet(tmp_path / "run"), epochs=4, resume=True)) == weights(net)


@pytest.mark.parametrize("file", ["model.safetensors", "results.json", "history.csv", "accuracy.png"])
def test_the_command_line_says_it_for_every_file(file, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace = os.replace

    def no_room(source, target, **options):
        if Path(target).name == file:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target, **options)

    monkeypatch.setattr(os, "replace", no_room)
    done = here(capsys, "train", "iris", "--epochs", 2)
    assert fails(done, 1, "once there is room: chalkgrad train --resume runs/iris", file)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert here(capsys, "train", "--resume", "runs/iris").code == 0
    assert Path("runs/iris", file).exists()


@pytest.mark.parametrize("file", ["config.toml", "encoding.json", "split.safetensors", "environment.json"])
def test_a_run_that_cannot_be_begun_leaves_nothing(file, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace = os.replace

    def no_room(source, target, **options):
        if Path(target).name == file:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target, **options)

    monkeypatch.setattr(os, "replace", no_room)
    assert fails(here(capsys, "train", "iris", "--epochs", 2), 1, "the disk is full", file, "give the command again")
    assert not Path("runs/iris").exists()
