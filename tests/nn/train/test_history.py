"""What a training leaves to read: the history on disk, and the progress on the screen."""

import csv
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
from nn.train import Callback, Checkpoints, History, Metric
from tests.nn.train.test_trainer import X, Y, parts, quiet

# -- history ----------------------------------------------------------------------------------------------------------


def test_the_history_is_on_disk_after_every_epoch(tmp_path):
    seen = []

    class Look(Callback):
        def on_epoch_start(self, run):
            seen.append(len((tmp_path / "history.csv").read_text().splitlines()))

    net, optimizer, loss = parts()
    history = quiet(tmp_path, callbacks=[Look()]).fit(net, (X, Y), (X, Y), 3, optimizer, loss)
    assert seen == [1, 2, 3]
    assert History.load(tmp_path / "history.jsonl").rows == history.rows
    header, *lines = (tmp_path / "history.csv").read_text().splitlines()
    assert header == "epoch,step,lr,loss,valid_loss,seconds"
    assert [float(cell) for cell in lines[-1].split(",")] == list(history[-1].values())
    another = quiet(tmp_path)
    another.fit(net, (X, Y), None, 1, optimizer, loss)
    assert another.out == tmp_path.with_name(f"{tmp_path.name}-2")
    assert len(History.load(tmp_path / "history.jsonl")) == 3


def test_a_history_is_rows_and_columns(tmp_path):
    history = History([{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": float("nan"), "matrix": [[1]]}])
    assert history["matrix"] == [None, [[1]]]
    assert history.best("loss") == {"epoch": 1, "loss": 3.0}
    assert "loss" in history
    assert "r2" not in history
    for read in (lambda: history["r2"], lambda: history.best("r2")):
        with pytest.raises(KeyError, match="no 'r2', only epoch, loss, matrix"):
            read()
    assert str(history).splitlines()[0].split() == ["epoch", "loss"]
    history.save_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "epoch,loss\n1,3.0\n2,nan\n"
    history.save_jsonl(tmp_path / "a.jsonl")
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert json.loads(lines[1], parse_constant=pytest.fail) == {"epoch": 2, "loss": None, "matrix": [[1]]}
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + '\n{"epoch": 3, "lo')
    assert len(History.load(tmp_path / "a.jsonl")) == 2
    for line in "epoch", "[1]", "3":
        (tmp_path / "a.jsonl").write_text(line + "\n")
        with pytest.raises(ValueError, match="line 1: expected a row of a history"):
            History.load(tmp_path / "a.jsonl")


class Own(Callback):
    """Puts figures of its own into the history: one in every epoch, others now and then."""

    def on_epoch_end(self, run):
        run.row["norm"] = np.float32(run.epoch / 4)
        if run.epoch == 1:
            run.row["spectrum"] = [1.0, float("nan")]
        if run.epoch == 3:
            run.row["late"] = autograd.tensor(7)


def test_a_callback_may_add_figures_of_its_own_also_later(tmp_path):
    net, optimizer, loss = parts()
    history = quiet(tmp_path, callbacks=[Own()]).fit(net, (X, Y), None, 4, optimizer, loss)
    assert history["norm"] == [0.25, 0.5, 0.75, 1.0]
    assert history.columns[-3:] == ["norm", "spectrum", "late"]
    rows = list(csv.DictReader((tmp_path / "history.csv").read_text().splitlines()))
    assert [(row["norm"], row["late"], None in row) for row in rows] == [
        ("0.25", "", False), ("0.5", "", False), ("0.75", "7", False), ("1.0", "", False)
    ]  # fmt: skip
    assert "spectrum" not in rows[0]
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    spectra = [json.loads(line, parse_constant=pytest.fail).get("spectrum") for line in lines]
    assert spectra == [[1.0, None], None, None, None]
    assert str(history).splitlines()[0].split()[-2:] == ["norm", "late"]


def test_numpys_numbers_from_a_metric_are_figures_like_others(tmp_path):
    class Top(Metric):
        def reset(self):
            self.top = np.float32(0)

        def update(self, output, target):
            self.top = max(self.top, target.numpy().max())

        def compute(self):
            return {"top": self.top, "grid": np.arange(2)}

    net, optimizer, loss = parts()
    trainer = quiet(tmp_path, metrics=[Top()], callbacks=[Checkpoints()])
    row = trainer.fit(net, (X, Y), None, 1, optimizer, loss)[-1]
    assert type(row["top"]) is float
    assert row["grid"] == [0, 1]
    assert History.load(tmp_path / "history.jsonl")["top"] == [row["top"]]


# -- progress ---------------------------------------------------------------------------------------------------------

PROGRAM = """
import sys
from nn.train import Trainer, EarlyStopping, Checkpoints
from tests.nn.train.test_trainer import X, Y, parts
net, optimizer, loss = parts()
trainer = Trainer(sys.argv[1], callbacks=[EarlyStopping(patience=9), Checkpoints(every_steps=1)])
trainer.fit(net, (X, Y), (X, Y), int(sys.argv[2]), optimizer, loss, resume=True)
"""
ROOT = Path(__file__).parents[3]


def test_without_a_terminal_there_is_a_line_for_each_epoch(tmp_path):
    def lines(epochs):
        command = [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path / "run"), str(epochs)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        assert done.stderr == ""
        return done.stdout.splitlines()

    first, second = lines(2)
    assert first.startswith("epoch 1/2  lr 0.05  loss ")
    assert "  valid loss " in first
    assert first.endswith("9 epochs left for valid_loss < " + first.rsplit("< ")[-1])
    assert second.startswith("epoch 2/2")
    assert [line[:9] for line in lines(4)] == ["epoch 3/4", "epoch 4/4"]


def test_on_a_terminal_there_is_a_bar_that_is_right_after_a_resume(tmp_path):
    def screen(epochs):
        leader, follower = pty.openpty()
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / "run"), str(epochs)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=follower, stderr=follower, env={**os.environ, "COLUMNS": "160", "TERM": "xterm"}
        )
        os.close(follower)
        told = b""
        try:
            while part := os.read(leader, 4096):
                told += part
        except OSError:  # the end of a terminal, on Linux
            pass
        os.close(leader)
        assert process.wait(60) == 0
        return told.decode()

    assert "epoch 2/2" in screen(2)
    again = screen(4)
    assert "epoch 1/4" not in again
    assert "epoch 4/4" in again
    assert "valid loss" in again
