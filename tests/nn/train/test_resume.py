"""A training that dies and is taken up again ends with the weights of one that was left in peace, bit for bit."""

import copy
import csv
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from nn.data import TensorDataset
from nn.train import Callback, Checkpoints, EarlyStopping, History, Interrupted, Trainer
from nn.train.resume import checkpoints, newest
from tests.interrupted import STEPS, training

ROOT = Path(__file__).parents[3]


def start(folder, *options):
    command = [sys.executable, "-W", "error", "-m", "tests.interrupted", str(folder), *options]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process, line):
    for told in process.stdout:
        if told.startswith(line):
            return
    raise AssertionError(f"ended without {line!r}: {process.stderr.read()}")


def ended(process):
    """What it printed as errors, once it has ended."""
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    return told


def final(folder):
    return (folder / "final.safetensors").read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    process = start(folder)
    process.stdout.read()
    assert ended(process) == ""
    return folder


def assert_readable(folder):
    """Every file of the run can be read, whatever was happening when the process was killed."""
    if folder.exists():
        newest(folder / "checkpoints")
        for path in folder.glob("history.jsonl"):
            rows = History.load(path)
            assert [row["epoch"] for row in rows] == list(range(1, len(rows) + 1))
        for path in folder.glob("history.csv"):
            with path.open(newline="") as file:
                assert len({len(row) for row in csv.reader(file) if row}) <= 1
        for path in folder.glob("checkpoints/*.safetensors"):
            nn.load(path)


def test_killed_at_twenty_random_moments_it_ends_with_the_same_bytes(undisturbed, tmp_path):
    draw = random.Random(0)
    folder = tmp_path / "run"
    torn = 0
    for moment in range(20):
        process = start(folder, "--resume")
        for _ in range(draw.randrange(1, 4)):
            wait_for(process, "saving" if moment % 2 else "step")
        time.sleep(draw.random() * 0.005)
        process.kill()
        assert ended(process) == ""
        assert process.returncode == -signal.SIGKILL
        assert_readable(folder)
        torn += any(folder.glob("checkpoints/.*.tmp"))
    assert torn, "no moment was one in which a checkpoint was being written"
    process = start(folder, "--resume")
    process.stdout.read()
    assert ended(process) == ""
    assert final(folder) == final(undisturbed)
    assert not list(folder.glob("checkpoints/.*.tmp"))
    same, other = (History.load(path / "history.jsonl").rows for path in (undisturbed, folder))
    assert [row | {"seconds": 0} for row in same] == [row | {"seconds": 0} for row in other]


def test_a_full_disk_is_said_and_leaves_the_last_good_checkpoint(undisturbed, tmp_path):
    folder = tmp_path / "run"
    process = start(folder, "--full-disk-after", "30")
    process.stdout.read()
    told = ended(process)
    assert process.returncode == 1
    assert told.startswith("FileError: a checkpoint could not be saved, the last good one is ")
    assert "00000029" in told
    assert len(told.splitlines()) == 1
    assert_readable(folder)
    path, state = newest(folder / "checkpoints")
    assert state["step"] == 29
    assert not list(folder.glob("checkpoints/.*.tmp"))
    process = start(folder, "--resume")
    process.stdout.read()
    assert ended(process) == ""
    assert final(folder) == final(undisturbed)


def test_ctrl_c_saves_and_says_where(undisturbed, tmp_path):
    folder = tmp_path / "run"
    process = start(folder)
    wait_for(process, "step 20")
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    told = ended(process)
    assert process.returncode == 1
    assert told.splitlines()[-1].startswith("Interrupted: interrupted after ")
    assert "everything is saved in " in told
    assert "Traceback" not in told
    process = start(folder, "--resume")
    process.stdout.read()
    assert ended(process) == ""
    assert final(folder) == final(undisturbed)


def test_a_second_ctrl_c_ends_at_once(tmp_path):
    process = start(tmp_path / "run", "--slow")
    wait_for(process, "step 1")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.wait(10)
    assert "KeyboardInterrupt" in ended(process)


# -- in one process ---------------------------------------------------------------------------------------------------


class Stop(Callback):
    """Ends a training the hard way."""

    def __init__(self, step):
        self.at = step

    def on_batch_end(self, run):
        if run.step == self.at:
            raise ZeroDivisionError

    def load_state_dict(self, state):
        raise AssertionError("has no state")


@pytest.mark.parametrize("step", [1, 11, 12, 13, 24, 50, STEPS - 1, STEPS])
def test_it_goes_on_in_the_middle_and_at_the_ends_of_epochs(step, undisturbed, tmp_path):
    trainer, given = training(tmp_path, False, Stop(step))
    with pytest.raises(ZeroDivisionError):
        trainer.fit(**given)
    trainer, given = training(tmp_path, True)
    history = trainer.fit(**given)
    nn.save(given["model"].state_dict(), tmp_path / "final.safetensors")
    assert final(tmp_path) == final(undisturbed)
    assert len(history) == given["epochs"]


def simple(folder, *callbacks, size=4, **options):
    autograd.manual_seed(0)
    net = nn.MLP(2, [size, 2])
    x = np.arange(40, dtype=np.float32).reshape(20, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.01)
    fit = {"epochs": 2, "optimizer": optimizer, "loss": nn.CrossEntropyLoss(), "batch_size": 5} | options
    trainer = Trainer(folder, callbacks=[*callbacks, Checkpoints(every_steps=1)], progress=False)
    return trainer, net, lambda **more: trainer.fit(
        net, (x, (x[:, 0] > 19).astype(np.int64)), **fit | more
    )


KINDS = {
    "Adadelta": lambda s, o: s.ConstantLR(o, total_iters=6),
    "Adamax": lambda s, o: s.MultiplicativeLR(o, lambda t: 0.9),
    "NAdam": lambda s, o: s.PolynomialLR(o, 9),
    "RAdam": lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, 2),
    "ASGD": lambda s, o: s.ChainedScheduler([s.StepLR(o, 3), s.ExponentialLR(o, 0.9)]),
    "Rprop": lambda s, o: s.SequentialLR(o, [s.ConstantLR(o), s.CosineAnnealingWarmRestarts(o, 2)], [3]),
    "SGD": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 3, mode="exp_range", gamma=0.9, cycle_momentum=False),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("lr", [0.01, autograd.tensor(0.01)], ids=["number", "tensor"])
def test_any_optimizer_with_any_scheduler_goes_on_where_it_stood(name, lr, tmp_path):
    def fit(folder, *callbacks, **more):
        _, net, fit = simple(tmp_path / folder, *callbacks)
        optimizer = getattr(optim, name)(net.parameters(), lr=copy.copy(lr))
        scheduler = KINDS[name](optim.lr_scheduler, optimizer)
        with suppress(ZeroDivisionError):
            fit(optimizer=optimizer, scheduler=scheduler, scheduler_every="step", **more)
        return {key: value.tolist() for key, value in net.state_dict().items()}, scheduler.get_last_lr()

    undisturbed = fit("a")
    assert fit("b", Stop(6)) != undisturbed
    assert fit("b", resume=True) == undisturbed


def test_after_the_last_epoch_there_is_nothing_to_do(tmp_path):
    _, net, fit = simple(tmp_path)
    fit()
    _, again, fit = simple(tmp_path)
    assert len(fit(resume=True)) == 2
    assert again.state_dict()["0.weight"].tolist() == net.state_dict()["0.weight"].tolist()


def test_more_epochs_can_be_asked_for(tmp_path):
    _, there, fit = simple(tmp_path / "a")
    fit(epochs=4)
    _, _, fit = simple(tmp_path / "b")
    fit(epochs=2)
    _, here, fit = simple(tmp_path / "b")
    assert len(fit(epochs=4, resume=True)) == 4
    assert here.state_dict()["0.weight"].tolist() == there.state_dict()["0.weight"].tolist()


def test_the_last_k_and_the_best_stay(tmp_path):
    _, net, fit = simple(tmp_path)
    fit()
    assert [path.name for path in checkpoints(tmp_path / "checkpoints")] == [
        "step-00000007.safetensors",
        "step-00000008.safetensors",
    ]
    assert nn.load(tmp_path / "checkpoints" / "best.safetensors").keys() == net.state_dict().keys()


def test_a_run_is_not_overwritten(tmp_path):
    _, _, fit = simple(tmp_path / "a")
    fit()
    before = {path: path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()}
    trainer, _, fit = simple(tmp_path / "a")
    fit()
    assert trainer.out == tmp_path / "a-2"
    assert before == {path: path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()}


def test_a_damaged_checkpoint_is_passed_over_with_a_warning(tmp_path):
    _, _, fit = simple(tmp_path)
    fit()
    last = checkpoints(tmp_path / "checkpoints")[-1]
    last.write_bytes(last.read_bytes()[:-7])
    trainer, _, fit = simple(tmp_path)
    with pytest.warns(UserWarning, match="skipped a checkpoint"):
        fit(resume=True)
    assert trainer.step == 8
    assert newest(tmp_path / "checkpoints")[1]["step"] == 8
    assert last.with_suffix(".damaged").exists()


def test_when_no_checkpoint_can_be_read_all_faults_are_told(tmp_path):
    _, _, fit = simple(tmp_path)
    fit()
    for path in checkpoints(tmp_path / "checkpoints"):
        path.write_bytes(b"")
    with pytest.raises(nn.FileError, match=r"no checkpoint can be read:\n.*00000008.*\n.*00000007"):
        simple(tmp_path)[2](resume=True)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (lambda folder: simple(folder, size=5), "size mismatch|shape"),
        (lambda folder: simple(folder, batch_size=3), "batches"),
        (lambda folder: simple(folder, EarlyStopping()), None),
    ],
    ids=["model", "loader", "more callbacks are fine"],
)
def test_a_checkpoint_of_another_training_is_refused_and_nothing_changes(other, why, tmp_path):
    _, _, fit = simple(tmp_path)
    fit()
    _, net, fit = other(tmp_path)
    before = {name: tensor.tolist() for name, tensor in net.state_dict().items()}
    if why is None:
        assert len(fit(resume=True)) == 2
        return
    with pytest.raises(nn.FileError, match=f"(?s)does not fit this run: .*({why})"):
        fit(resume=True)
    assert before == {name: tensor.tolist() for name, tensor in net.state_dict().items()}


def test_a_callback_whose_state_was_saved_must_be_there(tmp_path):
    _, _, fit = simple(tmp_path, EarlyStopping("loss"))
    fit()
    with pytest.raises(nn.FileError, match="EarlyStopping"):
        simple(tmp_path)[2](resume=True)


def test_to_resume_without_any_checkpoint_is_to_begin(tmp_path):
    assert len(simple(tmp_path)[2](resume=True)) == 2


@pytest.mark.parametrize("other", [optim.Adam, optim.RMSprop])
def test_the_optimizer_must_be_of_the_same_kind(other, tmp_path):
    _, _, fit = simple(tmp_path)
    fit()
    _, net, fit = simple(tmp_path)
    with pytest.raises(nn.FileError, match="the state of optimizer SGD, which this run does not have"):
        fit(optimizer=other(net.parameters()), resume=True)


def test_to_resume_takes_checkpoints_and_loses_no_history_without_them(tmp_path):
    given = {"train": (np.ones((4, 1), np.float32),) * 2, "epochs": 3, "loss": nn.MSELoss()}
    net = nn.Linear(1, 1)
    optimizer = optim.SGD(net.parameters())
    Trainer(tmp_path, progress=False).fit(net, optimizer=optimizer, **given)
    with pytest.raises(ValueError, match=r"resume=True needs .* Checkpoints among the callbacks"):
        Trainer(tmp_path, progress=False).fit(net, optimizer=optimizer, resume=True, **given)
    assert len(History.load(tmp_path / "history.jsonl")) == 3


class Batches:
    """Training data that knows nothing of states."""

    def __iter__(self):
        for i in range(4):
            yield autograd.full((2, 1), float(i)), autograd.full((2, 1), 1.0)


def test_data_that_cannot_tell_where_it_stood_begins_its_epoch_again(tmp_path):
    def fit(*callbacks):
        net = nn.Linear(1, 1)
        trainer = Trainer(tmp_path, callbacks=[*callbacks, Checkpoints(every_steps=1)], progress=False)
        return trainer.fit(net, Batches(), None, 2, optim.SGD(net.parameters()), nn.MSELoss(), resume=True)

    with pytest.raises(ZeroDivisionError):
        fit(Stop(6))
    with pytest.warns(UserWarning, match=r"epoch 2 starts again .* a Batches, has no state_dict\(\)"):
        assert fit()["step"] == [4, 9]


def test_checkpoints_can_serve_another_training_without_validation(tmp_path):
    kept = Checkpoints()
    net, data = nn.Linear(1, 1), (np.ones((4, 1), np.float32),) * 2
    for folder, valid in ("a", data), ("b", None):
        trainer = Trainer(tmp_path / folder, callbacks=[kept], progress=False)
        trainer.fit(net, data, valid, 1, optim.SGD(net.parameters()), nn.MSELoss())
        assert (tmp_path / folder / "checkpoints" / "best.safetensors").exists()


class Press(Callback):
    """Ctrl-C, while an epoch is validated."""

    def __init__(self, epoch):
        self.at = epoch

    def on_epoch_end(self, run):
        if run.epoch == self.at:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("epoch", [1, 2])
def test_ctrl_c_in_a_validation_is_heard_after_it(epoch, tmp_path):
    _, there, fit = simple(tmp_path / "a")
    fit()
    _, _, fit = simple(tmp_path / "b", Press(epoch))
    with pytest.raises(Interrupted, match=f"after epoch {epoch} of 2; everything is saved in .*{4 * epoch:08d}"):
        fit()
    _, here, fit = simple(tmp_path / "b")
    assert len(fit(resume=True)) == 2
    assert here.state_dict()["0.weight"].tolist() == there.state_dict()["0.weight"].tolist()


def test_to_resume_takes_a_folder():
    net = nn.Linear(1, 1)
    with pytest.raises(ValueError, match="needs the folder"):
        Trainer().fit(net, TensorDataset(np.ones((2, 1), np.float32), np.ones((2, 1), np.float32)), None, 1,
                      optim.SGD(net.parameters()), nn.MSELoss(), resume=True)  # fmt: skip


def test_the_handler_of_ctrl_c_is_put_back(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    simple(tmp_path / "a")[2]()
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(ZeroDivisionError):
        simple(tmp_path / "b", Stop(1))[2]()
    assert signal.getsignal(signal.SIGINT) is before
    assert issubclass(Interrupted, KeyboardInterrupt)
