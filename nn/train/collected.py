"""Metrics that need all outputs at once: what a batch leaves is kept until the figures are asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from ..history import as_python
from .metrics import Metric

Array = np.ndarray[Any, Any]


class Collected(Metric):
    """Base class of metrics that keep the outputs and targets of all batches: override `update` and `compute`."""

    def reset(self) -> None:
        self.outputs: list[Array] = []
        self.targets: list[Array] = []

    def keep(self, outputs: Array, targets: Array) -> None:
        """Keep copies of what a batch gives."""
        self.outputs.append(outputs.copy())
        self.targets.append(targets.copy())

    def kept(self) -> tuple[Array, Array]:
        """All outputs and all targets so far, in their order; two empty arrays of nothing."""
        if not self.outputs:
            return np.empty(0), np.empty(0, np.int64)
        return np.concatenate(self.outputs), np.concatenate(self.targets)

    def state_dict(self) -> dict[str, Any]:
        """What has been kept so far."""
        return dict(zip(("outputs", "targets"), self.kept(), strict=True)) if self.outputs else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from there."""
        self.reset()
        if state:
            self.keep(*(np.asarray(state[name]) for name in ("outputs", "targets")))


class FunctionMetric(Collected):
    """A function of all outputs and all targets as a metric: `Trainer(metrics=[my_function])` makes one of it.

        def within_one(outputs, targets):
            return (outputs - targets).abs().le(1).float().mean()

    It is called at the end of an epoch, without gradients, as `function(outputs, targets)` with tensors (N, …). A
    function whose first parameter is `y_true`, as in scikit-learn, is called with arrays, the targets first. It returns
    a number, or a dict of numbers by name.

    Args:
        function: the function; a loss, which is a module, serves as well.
        name: of the figure; by default that of the function.
        of: what it is given in place of the "outputs": "probabilities", their softmax over axis 1 or the sigmoid of
            single ones, or "classes", the predicted ones.

    Raises TypeError for what cannot be called, and ValueError for a function without a name or another `of`.
    """

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None, of: str = "outputs") -> None:
        if isinstance(function, type) or not callable(function):
            raise TypeError(f"FunctionMetric: expected a function of (outputs, targets), given {function!r}")
        if of not in READ:
            raise ValueError(f"FunctionMetric: expected of to be one of {', '.join(READ)}, given {of!r}")
        self.function, self.name, self.of = function, name or _name(function), of
        self.truth_first = _first_parameter(function) == "y_true"
        super().__init__()

    def update(self, output: Tensor, target: Tensor) -> None:
        self.keep(output.numpy(force=True), target.numpy(force=True))

    def compute(self) -> dict[str, Any]:
        if not self.outputs:
            return {self.name: np.nan}
        with autograd.no_grad():
            outputs, targets = map(autograd.from_numpy, self.kept())
            outputs = READ[self.of](outputs)
            if self.truth_first:
                found = self.function(targets.numpy(), outputs.numpy())
            else:
                found = self.function(outputs, targets)
        return dict(found) if isinstance(found, Mapping) else {self.name: as_python(found)}


READ: dict[str, Callable[[Tensor], Tensor]] = {
    "outputs": lambda output: output,
    "probabilities": lambda output: output.sigmoid() if _single(output) else output.softmax(1),
    "classes": lambda output: (output.reshape(-1) > 0).long() if _single(output) else output.argmax(1),
}


def as_metric(given: Any) -> Any:
    """A metric as it is, and a function as a `FunctionMetric`; anything else as it is, too."""
    return given if isinstance(given, Metric | type) or not callable(given) else FunctionMetric(given)


def _single(output: Tensor) -> bool:
    return output.ndim == 1 or output.shape[1] == 1


def _name(function: Any) -> str:
    while hasattr(function, "func"):  # of functools.partial
        function = function.func
    name = str(getattr(function, "__name__", type(function).__name__))
    if not name.isidentifier():
        raise ValueError("FunctionMetric: a lambda has no name: FunctionMetric(function, 'name')")
    return name


def _first_parameter(function: Any) -> str | None:
    try:
        return next(iter(inspect.signature(function).parameters), None)
    except (TypeError, ValueError):  # of some functions written in C
        return None
