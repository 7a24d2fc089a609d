"""Training steps to try: with batches of any size, made of the samples at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy, deepcopy
from typing import Any

import numpy as np

import autograd
from autograd import Generator, Tensor

from ..callbacks import Run
from ..data import DataLoader
from ..module import Module
from ..optim import Optimizer
from .evaluation import Scores, count, parted
from .free_memory import give_back
from .trainer import Trainer

ROWS = 32  # samples that are taken of a data set
LAST_STEPS = 4  # that a number is confirmed by
FIRST_STEPS = 20  # in float16, the first may overflow and be left out


class TrialSteps:
    """The training steps of a trainer, with batches of any number of samples, made of those of one batch."""

    def __init__(
        self, trainer: Trainer, model: Module, optimizer: Optimizer, loss: Callable[[Any, Any], Tensor], batch: Any
    ) -> None:
        self.model, self.optimizer, self.loss, self.batch = model, optimizer, loss, batch
        own = copy(trainer)
        own.callbacks, own._run = [], None
        self.trainer = deepcopy(own)  # whose metrics and generators are not the trainer's
        self.fresh = not optimizer.state
        self.bytes_of_a_sample = nbytes(batch) / count(parted(batch)[1])
        self.bytes_of_gradients = sum(p.nbytes for p in model.parameters() if p.requires_grad)
        model.train()
        for dtype in np.float32, np.float64:  # BLAS takes the buffers of its threads once
            np.ones((512, 512), dtype) @ np.ones((512, 512), dtype)

    @property
    def bytes_of_state(self) -> int:
        """The bytes of the optimizer's state, as far as there is one."""
        return sum(map(nbytes, self.optimizer.state.values()))

    def begin(self, number: int) -> None:
        """Make steps until the optimizer has a state of every parameter."""
        for _ in range(FIRST_STEPS):
            self.make(number)
            if self.optimizer.state:
                break

    def train(self, number: int, batches: int) -> None:
        """Make a few steps as training begins: the optimizer's state is allocated amid the rest."""
        self.optimizer.zero_grad()
        if self.fresh:
            self.optimizer.state = {}
        give_back()
        self.make(number, batches, LAST_STEPS)

    def make(self, number: int, batches: int = 1, steps: int = 1) -> None:
        """Make so many steps, each on so many batches of that number of samples."""
        self.trainer.accumulate = batches
        made = (repeated(self.batch, number) for _ in range(steps * batches))
        run = Run(self.model, self.optimizer, self.loss, made, None, 1)
        self.trainer.train_epoch(run, Scores(self.trainer.metrics, self.loss))


def one_batch(sample: Any) -> tuple[Any, int | None]:
    """A batch (*inputs, target) to repeat, and the number of samples there are, None if it is not known.

    `sample` is a batch, of which there may be any number of samples, or a DataLoader, a data set or another iterable of
    batches. A loader is not touched: its data set is read in order. Raises TypeError for what gives no batch with a
    target, and ValueError for an empty one.
    """
    size = None
    if isinstance(sample, tuple | list):
        batch = sample
    elif isinstance(sample, DataLoader) and sample.iterates:
        batch = next(iter(DataLoader(sample.dataset, ROWS, collate_fn=sample.collate_fn, generator=Generator(0))), ())
    elif isinstance(sample, DataLoader) or hasattr(sample, "__getitem__"):
        data = sample.dataset if isinstance(sample, DataLoader) else sample
        collate, size = getattr(sample, "collate_fn", None), len(data)
        batch = next(iter(DataLoader(data, min(ROWS, size), collate_fn=collate, generator=Generator(0))))
    elif isinstance(sample, Iterable):
        batch = next(iter(sample), ())
    else:
        raise TypeError(
            "find_batch_size: expected sample to be a batch (*inputs, target), a DataLoader or a data set, given "
            f"{type(sample).__name__}"
        )
    _, target = parted(batch)
    if not count(target):
        raise ValueError("find_batch_size: expected at least one sample, given an empty batch")
    return batch, size


def repeated(part: Any, number: int) -> Any:
    """The first `number` samples of a batch or a part of one, from the start again when there are no more.

    Raises TypeError for parts that are no tensors, nor tuples, lists or dicts of them.
    """
    if isinstance(part, Tensor | np.ndarray):
        array = part.numpy(force=True) if isinstance(part, Tensor) else part
        return autograd.from_numpy(array[np.arange(number) % len(array)])
    if isinstance(part, Mapping):
        return {key: repeated(value, number) for key, value in part.items()}
    if isinstance(part, tuple | list):
        parts = [repeated(value, number) for value in part]
        return type(part)(*parts) if hasattr(part, "_fields") else parts
    raise TypeError(
        "find_batch_size: expected a batch of tensors, or of tuples, lists and dicts of them, so that it can be made "
        f"larger; it holds {type(part).__name__}"
    )


def nbytes(part: Any) -> int:
    """The bytes of all tensors and arrays in a batch."""
    if isinstance(part, Mapping):
        part = list(part.values())
    if isinstance(part, tuple | list):
        return sum(map(nbytes, part))
    return part.nbytes if isinstance(part, Tensor | np.ndarray) else 0
