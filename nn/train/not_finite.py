"""A step whose loss or gradients are NaN or infinite: the first op that made them so, and its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ..callbacks import Run

WATCHED = 2  # parameters, the first of the model: what goes wrong on the way back usually arrives there


class Glance:
    """Looks at what can be NaN or infinite in a step: its loss, and a gradient that came all the way back.

    Of the gradients only one is looked at: the smallest of the first.
    """

    def __init__(self) -> None:
        self._name, self._parameter = "", Tensor(0)

    def broken(self, run: Run, loss: float) -> str | None:
        """What is not finite, in words; None if both are."""
        if not math.isfinite(loss):
            return f"the loss is {loss}"
        if (grad := self._parameter.grad) is None and (grad := self._choose(run)) is None:
            return None
        if math.isfinite(np.add.reduce(grad.numpy(force=True), axis=None)):
            return None
        return f"the gradient of {self._name!r} is not finite"

    def _choose(self, run: Run) -> Tensor | None:
        given = ((name, p) for name, p in run.model.named_parameters() if p.grad is not None)
        first = min(islice(given, WATCHED), key=lambda pair: pair[1].numel(), default=None)
        if first is not None:
            self._name, self._parameter = first
        return self._parameter.grad


def not_finite(run: Run, broken: str, group: Iterable[Any], again: Callable[[], Any]) -> FloatingPointError:
    """The error that ends a run before its weights are lost; `again` computes the loss and gradients once more."""
    return FloatingPointError(
        f"fit: {broken} in step {run.step + 1} (epoch {run.epoch + 1}); training stops, with the weights from before "
        f"it: {_data_at_fault(group) or _weights_at_fault(run) or _op_at_fault(again)}"
    )


def _data_at_fault(group: Iterable[Any]) -> str | None:
    for inputs, target in group:
        for name, value in [*(("the inputs", x) for x in inputs), ("the targets", target)]:
            if isinstance(value, Tensor | np.ndarray) and (bad := _where(value)) is not None:
                return f"{name} of this batch hold {bad}: look for it in the data"
    return None


def _weights_at_fault(run: Run) -> str | None:
    for name, p in run.model.named_parameters():
        if (bad := _where(p)) is not None:
            return f"the parameter {name!r} holds {bad} already: a learning rate that is too high, or a bad start"
    return None


def _op_at_fault(again: Callable[[], Any]) -> str:
    try:
        with np.errstate(all="ignore"), autograd.detect_anomaly():
            again()
    except RuntimeError as error:
        return str(error)
    return "when the step was computed again, every number was finite: something else has changed in between"


def _where(value: Any) -> str | None:
    """The first NaN or infinity in floating-point numbers, with its index."""
    array = value.numpy(force=True) if isinstance(value, Tensor) else value
    if "float" not in array.dtype.name or np.isfinite(array).all():
        return None
    at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    return f"{array[at]} at index {list(at)}"
