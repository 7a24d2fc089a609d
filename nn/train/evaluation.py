"""Measuring a model on data it was not trained on, and asking it for predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

import autograd
from autograd import Generator, Tensor

from ..data import DataLoader, TensorDataset
from ..history import as_python
from ..module import Module
from ..utils import evaluating
from .collected import as_metric
from .figures import Figures
from .metrics import Metric


def evaluate(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Tensor],
    metrics: Iterable[Metric | Callable[[Any, Any], Any]] = (),
    batch_size: int = 256,
) -> Figures:
    """The loss of `model` on `data`, averaged over the samples, and the metrics, by name: a dict.

    The model runs in evaluation mode and is then put back into the mode it was in; the metrics given are not changed.
    `data` is a DataLoader, or what one is made from: a data set, or a tuple of arrays (x, y).

    Raises TypeError for batches without a target, and ValueError if there are no batches.
    """
    scores = Scores(deepcopy(list(metrics)), loss)
    with evaluating(model):
        for inputs, target in map(parted, batches(data, batch_size)):
            output = model(*inputs)
            scores.update(output, target, loss(output, target))
    return scores.compute()


def predict(model: Module, x: Any, batch_size: int = 256) -> Tensor:
    """The outputs (N, …) of `model` in evaluation mode for inputs of shape (N, …)."""
    x = autograd.as_tensor(x)
    with evaluating(model):
        return autograd.cat([model(x[i : i + batch_size]) for i in range(0, max(len(x), 1), batch_size)])


def batches(data: Any, batch_size: int, shuffle: bool = False) -> Any:
    """A loader: made from a data set or a tuple of arrays; any other iterable is returned as it is.

    Without shuffling it draws nothing from the generator that `autograd.manual_seed` seeds, so that validation does not
    change the course of training.
    """
    if isinstance(data, tuple):
        data = TensorDataset(*data)
    if isinstance(data, DataLoader) or not hasattr(data, "__getitem__"):
        return data
    return DataLoader(data, batch_size, shuffle, generator=None if shuffle else Generator(0))


def parted(batch: Any) -> tuple[Sequence[Any], Any]:
    """The inputs and the target of a batch. Raises TypeError for a batch that has no target."""
    if not isinstance(batch, tuple | list) or len(batch) < 2:
        given = f"{len(batch)} part" if isinstance(batch, tuple | list) else type(batch).__name__
        raise TypeError(
            f"expected batches (*inputs, target), given a batch of {given}: give a data set of inputs and targets, "
            "such as TensorDataset(x, y), or the loader a collate_fn"
        )
    return batch[:-1], batch[-1]


def count(target: Any) -> int:
    """The number of samples in a batch with this target, which may be a list or dict of tensors."""
    while isinstance(target, tuple | list | dict):
        target = next(iter(target.values() if isinstance(target, dict) else target))
    return len(target)


def averages(loss: Any) -> bool:
    """Whether a loss is the mean over its batch, rather than the sum."""
    return getattr(loss, "reduction", "mean") == "mean"


class Scores:
    """The loss, averaged over the samples seen so far, and the metrics."""

    def __init__(self, metrics: Iterable[Metric | Callable[[Any, Any], Any]], loss: Callable[..., Tensor]) -> None:
        self.metrics: list[Metric] = list(map(as_metric, metrics))
        self.averaged = averages(loss)
        self.reset()

    def reset(self) -> None:
        """Start over."""
        self.sum, self.total = 0.0, 0
        for metric in self.metrics:
            metric.reset()

    def update(self, output: Tensor, target: Tensor, loss: Tensor) -> None:
        """Count one more batch."""
        n = count(target)
        self.sum += loss.item() * n if self.averaged else loss.item()
        self.total += n
        for metric in self.metrics:
            metric.update(output, target)

    def compute(self) -> Figures:
        """All figures by name, as Python numbers. Raises ValueError if there was no batch."""
        if not self.total:
            raise ValueError(
                "the data gave no batch: a generator gives its batches only once; give a DataLoader, a data set or a "
                "tuple (x, y)"
            )
        figures: dict[str, Any] = {"loss": self.sum / self.total}
        for metric in self.metrics:
            figures |= metric.compute()
        return Figures((name, as_python(value)) for name, value in figures.items())

    def state_dict(self) -> dict[str, Any]:
        """What has been counted so far."""
        return {"sum": self.sum, "total": self.total, "metrics": [metric.state_dict() for metric in self.metrics]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue counting from there."""
        self.sum, self.total = state["sum"], state["total"]
        for metric, own in zip(self.metrics, state["metrics"], strict=True):
            metric.load_state_dict(own)
