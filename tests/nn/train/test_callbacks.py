"""Callbacks see the state of the run at every event, and may change it; early stopping is one of them."""

import pytest

import autograd
import nn
from nn import optim
from nn.train import Callback, EarlyStopping, Run
from tests.nn.train.test_trainer import X, Y, parts, quiet


class Diary(Callback):
    """Notes the state of the run at every event."""

    def __init__(self):
        self.entries = []

    def on_fit_start(self, run):
        assert isinstance(run, Run)
        assert (run.epochs, run.steps_per_epoch, run.resume, run.out) == (2, 5, False, None)
        self.note("start", run)

    def on_epoch_start(self, run):
        self.note("epoch", run)

    def on_batch_end(self, run):
        self.note("step", run)

    def on_epoch_end(self, run):
        assert run.row is run.history[-1]
        assert run.row.keys() == {"epoch", "step", "lr", "loss", "valid_loss", "seconds"}
        self.note("row", run)

    def on_fit_end(self, run):
        self.note("end", run)

    def note(self, event, run):
        self.entries.append((event, run.epoch, run.step, len(run.history), run.finished))


def test_a_callback_sees_the_state_of_the_run_at_every_event():
    diary = Diary()
    net, optimizer, loss = parts()
    quiet(callbacks=[diary], accumulate=2).fit(net, (X, Y), (X, Y), 2, optimizer, loss, batch_size=5)
    assert diary.entries == [
        ("start", 0, 0, 0, False),
        ("epoch", 0, 0, 0, False), *(("step", 0, i, 0, False) for i in range(1, 6)), ("row", 1, 5, 1, False),
        ("epoch", 1, 5, 1, False), *(("step", 1, i, 1, False) for i in range(6, 11)), ("row", 2, 10, 2, False),
        ("end", 2, 10, 2, True),
    ]  # fmt: skip


def test_a_callback_may_stop_the_run_and_add_figures_whatever_it_calls_its_argument():
    class Stop(Callback):
        def on_epoch_end(self, trainer):
            trainer.row["weights"] = sum(p.numel() for p in trainer.model.parameters())
            trainer.stopping = trainer.epoch == 2

    net, optimizer, loss = parts()
    trainer = quiet(callbacks=[Stop()])
    history = trainer.fit(net, (X, Y), None, 9, optimizer, loss)
    assert history["weights"] == [41, 41]
    assert (trainer.epoch, trainer.epochs, trainer.step) == (2, 9, 4)
    assert trainer.run.finished


def test_a_frozen_part_can_stay_in_evaluation_mode():
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1))

    class Freeze(Callback):
        def on_fit_start(self, run):
            run.model[0].eval()

    quiet(callbacks=[Freeze()]).fit(net, (X, Y), (X, Y), 2, optim.SGD(net[1].parameters()), nn.MSELoss())
    assert net[0].num_batches_tracked.item() == 0
    assert net[1].training


def test_callbacks_are_told_of_the_end_even_after_an_error():
    ends = []

    class Bad(Callback):
        def on_batch_end(self, run):
            raise ZeroDivisionError

        def on_fit_end(self, run):
            ends.append(run.finished)

    net, optimizer, loss = parts()
    with pytest.raises(ZeroDivisionError):
        quiet(callbacks=[Bad()]).fit(net, (X, Y), None, 1, optimizer, loss)
    assert ends == [False]


# -- early stopping ---------------------------------------------------------------------------------------------------


class Scripted(Callback):
    """Puts given figures into the history, and the number of the epoch into the model."""

    def __init__(self, figures):
        self.figures = figures

    def on_epoch_end(self, run):
        run.row["figure"] = self.figures[run.epoch - 1]
        with autograd.no_grad():
            run.model.bias.fill_(run.epoch)


@pytest.mark.parametrize(
    ("figures", "options", "ended", "best"),
    [
        ([5, 4, 3, 2, 1], {}, 5, 5),
        ([3, 2, 4, 4, 1], {"patience": 2}, 4, 2),
        ([3, 2, 4, 1, 1], {"patience": 2}, 5, 4),
        ([1, 2, 3, 3, 3], {"patience": 2, "mode": "max"}, 5, 3),
        ([3, 2.95, 2.9, 2.7, 2], {"patience": 2, "min_delta": 0.2}, 3, 1),
        ([3, float("nan"), float("nan"), 1, 1], {"patience": 2}, 3, 1),
        ([3, 4, 5, 6, 7], {"patience": 1, "restore_best": False}, 2, None),
    ],
)
def test_it_stops_when_patience_is_over_and_restores_the_best(figures, options, ended, best):
    net = nn.Linear(3, 1)
    trainer = quiet(callbacks=[Scripted(figures), EarlyStopping("figure", **options)])
    history = trainer.fit(net, (X, Y), None, 5, optim.SGD(net.parameters(), lr=0.0), nn.MSELoss())
    assert len(history) == ended
    assert net.bias.item() == (best or ended)


def test_patience_and_target_are_shown():
    stopping = EarlyStopping("figure", patience=2, min_delta=0.5)
    net = nn.Linear(3, 1)
    said = []

    class Listen(Callback):
        def on_epoch_end(self, run):
            said.append(stopping.status())

    trainer = quiet(callbacks=[Scripted([3, 1, 0.9, 0.8]), stopping, Listen()])
    trainer.fit(net, (X, Y), None, 9, optim.SGD(net.parameters()), nn.MSELoss())
    assert said == [
        "best in epoch 1, 2 epochs left for figure < 2.5",
        "best in epoch 2, 2 epochs left for figure < 0.5",
        "best in epoch 2, 1 epoch left for figure < 0.5",
        "best in epoch 2, stopped",
    ]
