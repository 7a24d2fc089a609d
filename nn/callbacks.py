"""What acts around the training loop: each event hands a callback the `Run`, which it may read and change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from autograd import Tensor

from .history import History, Row
from .module import Module
from .optim import Optimizer
from .optim.lr_scheduler import LRScheduler


class Stateful(Protocol):
    """Anything that a checkpoint can save and put back."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> Any: ...


@dataclass(eq=False)
class Run:
    """The state of a training run, which the Trainer keeps up to date for its callbacks.

    Args:
        train_batches: the loader of the training data.
        valid_batches: the loader of the validation data, or None.
        epochs: the number of epochs planned.
        steps_per_epoch: optimizer steps in an epoch, or None if the loader does not know its length.
        out: the folder of the run, or None.
        resume: whether `fit` was asked to resume.
        epoch: the number of epochs completed.
        step: the number of optimizer steps taken, over all epochs.
        row: the newest row of `history`. What `on_epoch_end` adds to it becomes part of the history.
        stopping: set it to True to stop training after the current epoch.
        finished: whether the loop came to its end, early or not, without an error.
        parts: everything whose state a checkpoint holds, by name.
        began: when training started on the clock of `perf_counter`, moved forward by the pause before a resume.
    """

    model: Module
    optimizer: Optimizer
    loss: Callable[[Any, Any], Tensor]
    train_batches: Iterable[Any]
    valid_batches: Iterable[Any] | None
    epochs: int
    scheduler: LRScheduler | None = None
    steps_per_epoch: int | None = None
    out: Path | None = None
    resume: bool = False
    epoch: int = 0
    step: int = 0
    stopping: bool = False
    finished: bool = False
    history: History = field(default_factory=History)
    row: Row = field(default_factory=dict)
    parts: dict[str, Stateful] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)

    @property
    def lr(self) -> float:
        """The learning rate of the first parameter group."""
        return float(self.optimizer.param_groups[0]["lr"])

    @property
    def seconds(self) -> float:
        """The time spent training, not counting the pause before a resume."""
        return perf_counter() - self.began


class Callback:
    """Base class of callbacks: override the methods you need.

    Callbacks are called in the order in which the Trainer was given them, `Checkpoints` last. `run` is the state of the
    training run: set `run.stopping = True` to stop after the current epoch, and add your own figures to `run.row` in
    `on_epoch_end`.
    """

    def on_fit_start(self, run: Run) -> None:
        """Called before the first epoch, after the checkpoint, if any, has been loaded."""

    def on_epoch_start(self, run: Run) -> None:
        """Called before each epoch, but not again when one is resumed midway."""

    def on_batch_end(self, run: Run) -> None:
        """Called after each optimizer step."""

    def on_epoch_end(self, run: Run) -> None:
        """Called after each epoch and its validation; `run.row` holds their figures."""

    def on_fit_end(self, run: Run) -> None:
        """Called when training ends, even by an error; `run.finished` tells which."""

    def status(self) -> str:
        """A few words for the progress line."""
        return ""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint saves: numbers, strings, tensors, and lists and dicts of them."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        vars(self).update(state)


class Monitor(Callback):
    """Base class of callbacks that compare one figure of the history with its best value so far.

    Raises ValueError for a `mode` other than "min" and "max", and for a negative `min_delta`.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"{type(self).__name__}: expected mode 'min' or 'max', given {mode!r}")
        if not min_delta >= 0:
            raise ValueError(f"{type(self).__name__}: expected min_delta to be 0 or above, given {min_delta!r}")
        self.monitor, self.sign, self.min_delta = monitor, 1 if mode == "max" else -1, min_delta
        self.best, self.best_epoch = -self.sign * math.inf, 0

    def on_fit_start(self, run: Run) -> None:
        if not run.history:
            self.best, self.best_epoch = -self.sign * math.inf, 0

    def improved(self, run: Run) -> bool:
        """Whether the newest figure beats the best so far by more than `min_delta`; NaN never does.

        Raises ValueError if the history has no such figure.
        """
        if self.monitor not in run.row:
            raise ValueError(
                f"{type(self).__name__}: there is no {self.monitor!r} in the history, only {', '.join(run.row)}"
                + ("" if run.valid_batches is not None else ": give fit() validation data")
            )
        figure = run.row[self.monitor]
        if not self.sign * figure > self.sign * self.target:
            return False
        self.best, self.best_epoch = figure, run.epoch
        return True

    @property
    def target(self) -> float:
        """The value that the next figure has to beat."""
        return self.best + self.sign * self.min_delta

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch}


class EarlyStopping(Monitor):
    """Stop training when `monitor` has not improved by more than `min_delta` for `patience` epochs.

    To improve is to fall or, with mode "max", to rise. When training ends, early or not, the model gets back the
    weights of its best epoch, unless `restore_best=False`. A run that is resumed goes on, even if it has stopped, if
    its `patience` is now larger, as if it had been that from the start.

    Raises ValueError for options out of range, and after the first epoch if the history has no such figure.
    """

    def __init__(
        self,
        monitor: str = "valid_loss",
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str = "min",
        restore_best: bool = True,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if not isinstance(patience, int) or patience < 1:
            raise ValueError(f"EarlyStopping: expected patience, in epochs, to be 1 or more, given {patience!r}")
        self.patience, self.restore_best = patience, restore_best
        self.left, self.asked = patience, False
        self.weights: dict[str, Any] | None = None

    def on_fit_start(self, run: Run) -> None:
        super().on_fit_start(run)
        if not run.history:
            self.left, self.weights, self.asked = self.patience, None, False
        if self.asked and self.left > 0:
            run.stopping = self.asked = False

    def on_epoch_end(self, run: Run) -> None:
        if self.improved(run):
            self.left = self.patience
            if self.restore_best:
                self.weights = snapshot(run.model)
        else:
            self.left -= 1
            self.asked = self.left <= 0
            run.stopping = run.stopping or self.asked

    def on_fit_end(self, run: Run) -> None:
        if run.finished and self.weights is not None:
            run.model.load_state_dict(self.weights)

    def status(self) -> str:
        if not self.best_epoch:
            return ""
        sign = ">" if self.sign > 0 else "<"
        left = f"{self.left} epoch{'s' * (self.left != 1)} left for {self.monitor} {sign} {self.target:.4g}"
        return f"best in epoch {self.best_epoch}, " + (left if self.left > 0 else "stopped")

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "left": self.left, "patience": self.patience, "weights": self.weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        before = state.get("patience", self.patience)  # earlier versions did not save it
        self.asked = state["left"] <= 0
        super().load_state_dict({**state, "left": state["left"] + self.patience - before, "patience": self.patience})


def snapshot(model: Module) -> dict[str, Tensor]:
    """A copy of the model's state_dict."""
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}
