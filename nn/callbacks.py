"""What goes on around the loop: a callback is told of each event, and may look at the trainer and change it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .train.trainer import Trainer

EVENTS = ("on_epoch_start", "on_batch_end", "on_epoch_end")


class Callback:
    """Base class: a subclass defines the methods it needs.

    The trainer has `model`, `optimizer`, `scheduler`, `epoch` (epochs done), `epochs`, `step` (of the optimizer, in
    all), `history`, `row` (the newest line of the history), `out`; to end the training after the epoch at hand, set
    `trainer.stopping = True`. A figure that `on_epoch_end` puts into `trainer.row` is one of the history.
    """

    def on_fit_start(self, trainer: Trainer) -> None:
        """Before the first epoch; after a checkpoint, if any, was loaded."""

    def on_epoch_start(self, trainer: Trainer) -> None:
        """Before every epoch; not again when one is taken up in its middle."""

    def on_batch_end(self, trainer: Trainer) -> None:
        """After every step of the optimizer."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """After every epoch, and its validation: `trainer.row` has the figures."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """At the end, whatever the end; `trainer.finished` tells whether it was the planned one."""

    def status(self) -> str:
        """A few words for the line of progress."""
        return ""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps: numbers, strings, tensors, and lists and dicts of them."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        vars(self).update(state)

    def hears(self, event: str) -> bool:
        """Whether this callback does anything on that event."""
        return getattr(type(self), event) is not getattr(Callback, event)


class Monitor(Callback):
    """A callback that compares one figure of the history, epoch by epoch, with the best so far."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"{type(self).__name__}: expected mode 'min' or 'max', given {mode!r}")
        if not min_delta >= 0:
            raise ValueError(f"{type(self).__name__}: expected min_delta to be 0 or above, given {min_delta!r}")
        self.monitor, self.sign, self.min_delta = monitor, 1 if mode == "max" else -1, min_delta
        self.best, self.best_epoch = -self.sign * math.inf, 0

    def on_fit_start(self, trainer: Trainer) -> None:
        if not trainer.history:
            self.best, self.best_epoch = -self.sign * math.inf, 0

    def improved(self, trainer: Trainer) -> bool:
        """Whether the newest figure is the best so far, by more than `min_delta`; NaN never is."""
        if self.monitor not in trainer.row:
            raise ValueError(
                f"{type(self).__name__}: there is no {self.monitor!r} in the history, only "
                f"{', '.join(trainer.row)}"
                + ("" if trainer.valid_batches is not None else ": give fit() validation data")
            )
        figure = trainer.row[self.monitor]
        if not self.sign * figure > self.sign * self.target:
            return False
        self.best, self.best_epoch = figure, trainer.epoch
        return True

    @property
    def target(self) -> float:
        """What the next figure has to beat."""
        return self.best + self.sign * self.min_delta

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch}


class EarlyStopping(Monitor):
    """End the training when `monitor` has not become better, by more than `min_delta`, for `patience` epochs.

    Better is smaller or, with the mode "max", larger. At the end, also the planned one, the model is given back the
    weights of its best epoch, unless `restore_best=False`. Raises ValueError if the history has no such figure.
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
        self.left = patience
        self.weights: dict[str, Any] | None = None

    def on_fit_start(self, trainer: Trainer) -> None:
        super().on_fit_start(trainer)
        if not trainer.history:
            self.left, self.weights = self.patience, None

    def on_epoch_end(self, trainer: Trainer) -> None:
        if self.improved(trainer):
            self.left = self.patience
            if self.restore_best:
                self.weights = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
        else:
            self.left -= 1
            trainer.stopping = trainer.stopping or self.left <= 0

    def on_fit_end(self, trainer: Trainer) -> None:
        if trainer.finished and self.weights is not None:
            trainer.model.load_state_dict(self.weights)

    def status(self) -> str:
        if not self.best_epoch:
            return ""
        sign = ">" if self.sign > 0 else "<"
        left = f"{self.left} epoch{'s' * (self.left != 1)} left for {self.monitor} {sign} {self.target:.4g}"
        return f"best in epoch {self.best_epoch}, " + (left if self.left > 0 else "stopped")

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "left": self.left, "weights": self.weights}
