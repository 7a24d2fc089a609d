"""The logs for TensorBoard and Weights & Biases, read back from their files as those programs read them."""

import json
import math
import os
import subprocess
import sys
from itertools import pairwise

import pytest

import autograd
import nn
from nn import optim
from nn.train import Accuracy, Callback, Checkpoints, Metric, Trainer
from nn.train.loggers import Logger, TensorBoardLog, WandbLog

tensorboard = pytest.importorskip("tensorboardX.proto.event_pb2")


def fit(out, *callbacks, epochs=3, resume=False, metrics=()):
    """A small training: 2 steps in each epoch."""
    autograd.manual_seed(0)
    x = autograd.randn(8, 2)
    y = (x[:, 0] > 0).long()
    net = nn.Linear(2, 2)
    trainer = Trainer(out, metrics=metrics, callbacks=callbacks, progress=False)
    optimizer = optim.SGD(net.parameters(), lr=0.5)
    return trainer.fit(net, (x, y), (x, y), epochs, optimizer, nn.CrossEntropyLoss(), batch_size=4, resume=resume)


class Lines(Logger):
    """Remembers what it is told."""

    def __init__(self):
        self.lines = []

    def open(self, run):
        self.lines.append("open")

    def write(self, row, step):
        self.lines.append((step, row))

    def close(self):
        self.lines.append("close")


class Failing(Callback):
    """Ends a training in its middle, as a crash would."""

    def __init__(self, step):
        self.step = step

    def on_batch_end(self, run):
        if run.step == self.step:
            raise ZeroDivisionError("in the middle")


class Odd(Metric):
    """Figures of every kind."""

    def reset(self):
        pass

    def update(self, output, target):
        pass

    def compute(self):
        return {"list": [1, 2], "word": "x", "flag": True, "nothing": None, "recall[a b]": 0.5, "nan": math.nan}


# The interface.


def test_a_logger_is_opened_told_every_row_and_closed():
    log = Lines()
    history = fit(None, log, metrics=[Accuracy()])
    assert log.lines[0] == "open"
    assert log.lines[-1] == "close"
    rows = log.lines[1:-1]
    assert [step for step, _ in rows] == history["step"] == [2, 4, 6]
    for (_, row), whole in zip(rows, history):
        assert row == {name: value for name, value in whole.items() if name != "step"}
        assert {"epoch", "lr", "loss", "valid_loss", "valid_accuracy", "seconds"} <= row.keys()


def test_only_numbers_are_logged():
    log = Lines()
    fit(None, log, epochs=1, metrics=[Odd()])
    row = log.lines[1][1]
    assert {"recall[a b]", "nan"} <= row.keys()
    assert not {"list", "word", "flag", "nothing"} & row.keys()


def test_a_logger_is_closed_after_an_error():
    log = Lines()
    with pytest.raises(ZeroDivisionError):
        fit(None, log, Failing(3))
    assert log.lines[-1] == "close"


def test_a_log_that_fails_does_not_end_the_training():
    class Broken(Lines):
        def write(self, row, step):
            super().write(row, step)
            raise OSError("disk full")

    log = Broken()
    with pytest.warns(RuntimeWarning) as warned:
        history = fit(None, log)
    reason = "Broken could not log the row of step {}; training continues: OSError: disk full"
    assert [str(warning.message) for warning in warned] == [reason.format(step) for step in (2, 4, 6)]
    assert len(history) == 3
    assert [line[0] for line in log.lines[1:-1]] == [2, 4, 6]


def test_a_log_that_cannot_be_closed_does_not_hide_how_the_training_ended():
    class Broken(Lines):
        def close(self):
            raise OSError("disk full")

    with pytest.warns(RuntimeWarning, match="Broken could not log the end"), pytest.raises(ZeroDivisionError):
        fit(None, Broken(), Failing(3))


def test_a_log_that_cannot_be_opened_raises_before_anything_is_trained():
    class Broken(Lines):
        def open(self, run):
            raise OSError("no such server")

    with pytest.raises(OSError, match="no such server"):
        fit(None, Broken(), Failing(1))


def test_a_logger_without_write_says_what_is_missing():
    with pytest.warns(RuntimeWarning, match=r"Logger must define write\(row, step\)"):
        fit(None, Logger())


@pytest.mark.parametrize(
    ("make", "package", "extra"), [(TensorBoardLog, "tensorboardX", "tensorboard"), (WandbLog, "wandb", "wandb")]
)
def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch, make, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"needs {package}, which is not .* pip install -e '\.\[{extra}\]'"):
        make()


def test_importing_the_loggers_imports_neither_package():
    code = "import nn.train.loggers, sys; assert not {'wandb', 'tensorboardX'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# TensorBoard.


def records(path):
    """The records of a file in the format of TensorFlow: length, its checksum, content, its checksum."""
    content = path.read_bytes()
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 8], "little")
        yield content[at + 12 : at + 12 + size]
        at += size + 16
    assert at == len(content)


def shown(folder):
    """What TensorBoard shows: {tag: [(step, value), ...]}; a START purges what came at its step or later before it."""
    tags = {}
    for path in sorted(folder.glob("events*"), key=lambda path: (int(path.suffix[1:]), path.name)):
        for record in records(path):
            event = tensorboard.Event.FromString(record)
            if event.session_log.status == tensorboard.SessionLog.START:
                tags = {tag: [point for point in points if point[0] < event.step] for tag, points in tags.items()}
            for value in event.summary.value:
                tags.setdefault(value.tag, []).append((event.step, value.simple_value))
    return tags


def test_tensorboard_shows_every_row(tmp_path):
    history = fit(tmp_path / "run", TensorBoardLog(), metrics=[Accuracy()])
    tags = shown(tmp_path / "run/tensorboard")
    assert set(tags) == set(history.columns) - {"step"}
    for tag, points in tags.items():
        assert [step for step, _ in points] == [2, 4, 6]
        assert [value for _, value in points] == pytest.approx(history[tag])


def test_the_figures_of_single_classes_are_a_group(tmp_path):
    fit(None, TensorBoardLog(tmp_path), epochs=1, metrics=[Odd()])
    tags = shown(tmp_path)
    assert tags["recall/a b"] == tags["valid_recall/a b"] == [(2, 0.5)]
    assert math.isnan(tags["nan"][0][1])


def test_every_row_is_on_the_disk_before_the_next_epoch(tmp_path):
    seen = []

    class Look(Callback):
        def on_epoch_start(self, run):
            seen.append(len(shown(tmp_path).get("loss", [])))

    fit(None, TensorBoardLog(tmp_path), Look())
    assert seen == [0, 1, 2]


def test_tensorboard_needs_a_folder():
    with pytest.raises(ValueError, match="TensorBoardLog: there is no folder"):
        fit(None, TensorBoardLog())


@pytest.mark.parametrize("crash", [3, 5])
def test_a_resumed_training_shows_each_step_once(tmp_path, crash):
    with pytest.raises(ZeroDivisionError):
        fit(tmp_path, TensorBoardLog(), Checkpoints(), Failing(crash))
    history = fit(tmp_path, TensorBoardLog(), Checkpoints(), resume=True)
    steps, losses = zip(*shown(tmp_path / "tensorboard")["loss"])
    assert steps == (2, 4, 6)
    assert losses == pytest.approx(history["loss"])


def test_rows_after_the_checkpoint_that_is_resumed_are_hidden(tmp_path):
    with pytest.raises(ZeroDivisionError):
        fit(tmp_path, TensorBoardLog(), Checkpoints(keep=5, seconds=0), Failing(5))
    (tmp_path / "checkpoints/step-00000004.safetensors").unlink()  # as if the power had gone before it was written
    fit(tmp_path, TensorBoardLog(), Checkpoints(seconds=0), resume=True)
    assert [step for step, _ in shown(tmp_path / "tensorboard")["loss"]] == [2, 4, 6]


def test_a_second_training_into_the_same_folder_hides_the_first(tmp_path):
    fit(None, TensorBoardLog(tmp_path))
    fit(None, TensorBoardLog(tmp_path), epochs=1)
    assert [step for step, _ in shown(tmp_path)["loss"]] == [2]


# Weights & Biases, offline, in a process of its own, whose home folder must stay empty.

PROGRAM = """
import sys
from pathlib import Path
import pytest
from tests.nn.train.test_loggers import Checkpoints, Failing, WandbLog, fit

out = Path(sys.argv[1])
with pytest.raises(ZeroDivisionError):
    fit(out, WandbLog("lessons", name="first", config={"hidden": 8}), Checkpoints(), Failing(5))
log = WandbLog("lessons")
fit(out, log, Checkpoints(), resume=True)
before = log.id
fit(None, log, epochs=1)
print(before, log.id)
"""


def wandb_steps(path):
    """The rows in a .wandb file: records in blocks of 32 KiB, each with 7 bytes before it, in the format of LevelDB."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, at, whole = path.read_bytes(), 7, b""
    while at + 7 <= len(content):
        size, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        whole += content[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):  # a whole record, or the end of one
            record = Record.FromString(whole)
            whole = b""
            if record.HasField("history"):
                items = record.history.item
                yield {"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768


def test_wandb_logs_offline_and_goes_on_with_the_same_run(tmp_path):
    pytest.importorskip("wandb")
    home, out = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    places = {f"WANDB_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "CACHE", "DATA", "ARTIFACT")}
    quiet = {"WANDB_SILENT": "true", "WANDB_DIR": str(tmp_path / "elsewhere"), "HOME": str(home)}
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(out)],
        env={**os.environ, **places, **quiet},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split()
    assert first != second
    files = sorted((out / "wandb").glob("offline-run-*/*.wandb"), key=lambda path: path.stat().st_mtime_ns)
    assert [path.name for path in files] == [f"run-{first}.wandb"] * 2
    rows = [row for path in files for row in wandb_steps(path)]
    assert [row["_step"] for row in rows] == [2, 4, 6]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert all(a["loss"] > b["loss"] for a, b in pairwise(rows))
    assert len(list((tmp_path / "elsewhere/wandb").glob(f"offline-run-*-{second}"))) == 1
    assert not list(home.iterdir())


def test_wandb_can_be_switched_off(tmp_path):
    pytest.importorskip("wandb")
    assert len(fit(tmp_path / "run", WandbLog(mode="disabled"))) == 3
    assert not list(tmp_path.glob("run/wandb/offline*"))


def test_wandb_knows_three_modes():
    pytest.importorskip("wandb")
    with pytest.raises(ValueError, match="expected mode 'offline', 'online' or 'disabled', given 'none'"):
        WandbLog(mode="none")
