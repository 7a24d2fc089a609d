"""The learning rate range test: which learning rates make the loss fall, and which make it explode."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import autograd
from autograd import Tensor

from ..callbacks import Run
from ..history import Row
from ..module import Module
from ..optim import Optimizer
from .evaluation import Scores, batches
from .resume import stateful_parts
from .trainer import Trainer, check_parts, in_groups

if TYPE_CHECKING:
    from ..plot import Figure

SMOOTHING = 0.9
LEAST_FALL = 0.05  # as a share of the first loss


@dataclass(frozen=True)
class LRRangeTest:
    """What `find_lr` found. A notebook shows it as its curve.

    Attributes:
        lr: a good learning rate to begin with, or None if the test shows none.
        reason: why this one, in a sentence; or what to change.
        rows: "lr", "loss" and "smoothed" (the loss, averaged over the last steps) of every step.
    """

    lr: float | None
    reason: str
    rows: list[Row]

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """The loss by learning rate, with the suggestion marked. Raises ImportError without Matplotlib."""
        from .. import plot

        return plot.lr_finder(self, path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        try:
            picture, size = self.plot()._repr_mimebundle_()
        except ImportError as error:  # Matplotlib is missing
            return {"text/plain": f"{self!r}\n{error}"}
        return picture | {"text/plain": repr(self)}, size

    def __repr__(self) -> str:
        return f"<LRRangeTest: lr {'none' if self.lr is None else format(self.lr, '.2g')}: {self.reason}>"


def find_lr(
    model: Module,
    train: Any,
    optimizer: Optimizer,
    loss: Callable[[Any, Any], Tensor],
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    trainer: Trainer | None = None,
) -> LRRangeTest:
    """Train for some steps while the learning rate grows exponentially, and suggest one (Smith, 2017).

        found = find_lr(net, train, optim.SGD(net.parameters(), 0.1, momentum=0.9), nn.CrossEntropyLoss())
        found.lr, found.reason
        found.plot()

    The test stops when the loss is not finite or far above what it was. The suggestion is the rate from which on the
    smoothed loss falls most steeply. Afterwards everything is as before, bit for bit, also after an error: parameters,
    buffers, gradients and modes of the model, the optimizer, the loader and the random generators.

    Args:
        train: the training data, as for `Trainer.fit`; it starts anew when it ends.
        lowest, highest: the first and the last rate, of the first parameter group; others keep their ratio to it.
        trainer: whose clipping, penalties, accumulation and augmentation count; its callbacks are not called.

    Raises TypeError or ValueError for arguments that do not fit, and ValueError if the data gives no batch.
    """
    check_parts("find_lr", model, optimizer, loss)
    if not 0 < lowest < highest < math.inf:
        raise ValueError(f"find_lr: expected rates with 0 < lowest < highest, given {lowest!r} and {highest!r}")
    if not isinstance(steps, int) or steps < 10:
        raise ValueError(f"find_lr: expected 10 steps or more, given {steps!r}")
    if isinstance(train, Iterator):
        raise ValueError(
            f"find_lr: a {type(train).__name__} would be used up: give a DataLoader, a data set or a tuple (x, y)"
        )
    trainer = trainer or Trainer(progress=False)
    run = Run(model, optimizer, loss, batches(train, batch_size, shuffle=True), None, 1)
    scores = Scores([], loss)
    rows: list[Row] = []
    with _untouched(run, scores):
        model.train()
        factors = _factors(optimizer)
        average, best = 0.0, math.inf
        for lr, group in zip(np.geomspace(lowest, highest, steps).tolist(), _forever(run, trainer), strict=False):
            for options, factor in zip(optimizer.param_groups, factors, strict=True):
                options["lr"] = lr * factor
            scores.reset()
            with np.errstate(all="ignore"), suppress(FloatingPointError):
                trainer.take_step(run, scores, group)
            value = scores.compute()["loss"]
            average = SMOOTHING * average + (1 - SMOOTHING) * value
            smoothed = average / (1 - SMOOTHING ** (len(rows) + 1))
            rows.append({"lr": lr, "loss": value, "smoothed": smoothed})
            best = min(best, smoothed)
            if not smoothed <= best + 3 * max(abs(best), abs(rows[0]["loss"]) / 2):
                break
    return LRRangeTest(*_suggested(rows), rows)


def _forever(run: Run, trainer: Trainer) -> Iterator[Any]:
    """Groups of batches, from the beginning again at the end. Raises ValueError if there is none."""
    while True:
        group = None
        for group in in_groups(run.train_batches, trainer.accumulate):
            yield group
        if group is None:
            raise ValueError("find_lr: the data gave no batch")


def _factors(optimizer: Optimizer) -> list[float]:
    """The rate of each parameter group as a multiple of the first group's; 1 if that is 0."""
    rates = [float(options["lr"]) for options in optimizer.param_groups]
    return [rate / rates[0] if rates[0] else 1.0 for rate in rates]


def _suggested(rows: list[Row]) -> tuple[float | None, str]:
    """The rate from which on the smoothed loss falls most, over a tenth of the steps, and why it is that.

    The average lags behind the loss; the beginning of those steps, rather than their middle, makes up for it.
    """
    rates, smoothed = np.array([row["lr"] for row in rows]), np.array([row["smoothed"] for row in rows])
    known = np.isfinite(smoothed)
    if not known.any():
        return None, "the loss was not finite from the first step on: look for the cause in the model or the data"
    lowest = int(np.where(known, smoothed, np.inf).argmin())
    window = max(2, len(rows) // 10)
    count = max(lowest + 1 - window, 0)
    falls = smoothed[:count] - smoothed[window : window + count]
    if not len(falls) or smoothed[0] - smoothed[lowest] <= LEAST_FALL * abs(smoothed[0]):
        range = f"between {rates[0]:.2g} and {rates[-1]:.2g}"
        return None, f"the loss fell by less than {LEAST_FALL:.0%} {range}: try other rates, or look at the model"
    lr = float(rates[falls.argmax()])
    end = f"the lowest loss is at {rates[lowest]:.2g}"
    if lowest == len(rows) - 1:
        end = f"it still fell at {rates[-1]:.2g}: higher rates may do as well"
    return lr, f"from there on the loss falls most steeply; {end}"


@contextmanager
def _untouched(run: Run, scores: Scores) -> Iterator[None]:
    """Leave everything that a training step changes as it was before the `with` block."""
    parts = stateful_parts(run, scores, ())
    states = {key: deepcopy(part.state_dict()) for key, part in parts.items()}
    buffers = {name: buffer.clone() for name, buffer in run.model.named_buffers()}  # some in no state_dict
    modes = [(module, module.training) for module in run.model.modules()]
    parameters = [p for options in run.optimizer.param_groups for p in options["params"]]
    parameters = list({id(p): p for p in [*run.model.parameters(), *parameters]}.values())
    gradients = [p.grad for p in parameters]
    for p in parameters:
        p.grad = None
    try:
        yield
    finally:
        for key, part in parts.items():
            part.load_state_dict(states[key])
        with autograd.no_grad():
            for name, buffer in run.model.named_buffers():
                buffer.copy_(buffers[name])
        for module, mode in modes:
            module.training = mode
        for p, gradient in zip(parameters, gradients, strict=True):
            p.grad = gradient
