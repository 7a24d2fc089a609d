"""What a model is worth, on data it was not trained on; and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

import autograd
from autograd import Generator, Tensor

from ..data import DataLoader, TensorDataset
from ..module import Module
from ..module_modes import evaluating
from .history import as_python
from .metrics import Metric


def evaluate(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Tensor],
    metrics: Iterable[Metric] = (),
    batch_size: int = 256,
) -> dict[str, Any]:
    """The loss of `model` on `data`, averaged over the samples, and the metrics, by name.

    The model is in evaluation mode meanwhile, and left as it was; so are the metrics. `data` is a DataLoader, or what
    one can be made of: a data set, a tuple of arrays (x, y).
    """
    scores = Scores(deepcopy(list(metrics)), loss)
    with evaluating(model):
        for inputs, target in map(parted, batches(data, batch_size)):
            output = model(*inputs)
            scores.update(output, target, loss(output, target))
    return scores.compute()


def predict(model: Module, x: Any, batch_size: int = 256) -> Tensor:
    """What `model`, in evaluation mode, gives for inputs of shape (N, …): (N, …)."""
    x = autograd.as_tensor(x)
    with evaluating(model):
        return autograd.cat([model(x[i : i + batch_size]) for i in range(0, len(x), batch_size)])


def batches(data: Any, batch_size: int, shuffle: bool = False) -> Any:
    """A loader: `data` itself if it is iterable and no data set, else one made of a data set or a tuple of arrays.

    One that does not shuffle takes nothing from the generator that `autograd.manual_seed` seeds: to validate, or not,
    makes no difference to a training.
    """
    if isinstance(data, tuple):
        data = TensorDataset(*data)
    if isinstance(data, DataLoader) or not hasattr(data, "__getitem__"):
        return data
    return DataLoader(data, batch_size, shuffle, generator=None if shuffle else Generator(0))


def parted(batch: Any) -> tuple[Sequence[Any], Any]:
    """The inputs and the target of a batch."""
    if not isinstance(batch, tuple | list) or len(batch) < 2:
        given = f"{len(batch)} part" if isinstance(batch, tuple | list) else type(batch).__name__
        raise TypeError(
            f"expected batches (*inputs, target), given a batch of {given}: give a data set of inputs and targets, "
            "such as TensorDataset(x, y), or the loader a collate_fn"
        )
    return batch[:-1], batch[-1]


def count(target: Any) -> int:
    """The samples in a batch with this target: a tensor, or a list or dict of tensors."""
    while isinstance(target, tuple | list | dict):
        target = next(iter(target.values() if isinstance(target, dict) else target))
    return len(target)


class Scores:
    """The loss, averaged over the samples, and the metrics beside it."""

    def __init__(self, metrics: Iterable[Metric], loss: Callable[..., Tensor]) -> None:
        self.metrics = list(metrics)
        self.averaged = getattr(loss, "reduction", "mean") == "mean"  # whether a loss is the mean over its batch
        self.reset()

    def reset(self) -> None:
        """Begin to count."""
        self.sum, self.total = 0.0, 0
        for metric in self.metrics:
            metric.reset()

    def update(self, output: Tensor, target: Tensor, loss: Tensor) -> None:
        """Take a batch."""
        n = count(target)
        self.sum += loss.item() * n if self.averaged else loss.item()
        self.total += n
        for metric in self.metrics:
            metric.update(output, target)

    def compute(self) -> dict[str, Any]:
        """All figures by name, numbers of Python's own kinds. Raises ValueError if there was no batch."""
        if not self.total:
            raise ValueError(
                "the data gave no batch: a generator gives its batches only once; give a DataLoader, a data set or a "
                "tuple (x, y)"
            )
        figures = {"loss": self.sum / self.total}
        for metric in self.metrics:
            figures |= metric.compute()
        return {name: as_python(value) for name, value in figures.items()}

    def state_dict(self) -> dict[str, Any]:
        """What was counted so far."""
        return {"sum": self.sum, "total": self.total, "metrics": [metric.state_dict() for metric in self.metrics]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        self.sum, self.total = state["sum"], state["total"]
        for metric, own in zip(self.metrics, state["metrics"], strict=True):
            metric.load_state_dict(own)
