"""The largest batch that fits into memory, found by training steps that cannot get the process killed."""

from __future__ import annotations

import ctypes
import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np

from autograd import Tensor

from ..module import Module
from ..optim import Optimizer
from .free_memory import Ceiling, Free, free_memory, give_back
from .left_as_it_was import left_as_it_was
from .trainer import Trainer
from .trial_steps import TrialSteps, one_batch

GROWTH = 8  # a step is tried with at most so many times the samples of the largest one measured
UNBOUNDED = 1 << 62
CLOSE = 1.05  # the search ends when the largest batch measured and the one that should fit are as close as this
APART = 64_000_000  # bytes under the ceiling that are not counted: BLAS ends the process when it gets none of its own


@dataclass(frozen=True)
class BatchSize:
    """What `find_batch_size` found; printed, it is one line.

    Args:
        batch_size: the samples of a batch, for `Trainer.fit(batch_size=…)` or a DataLoader.
        accumulate: the batches of an optimizer step, for `Trainer(accumulate=…)`.
        per_sample: the bytes that one more sample in the batch takes.
        fixed: the bytes that a step takes whatever the batch, gradients and the optimizer's state among them.
        budget: the bytes that a step may take, besides what the process held before.
        limit: what sets the budget.
        measured: the bytes that steps took at their peak, by the number of samples.
    """

    batch_size: int
    accumulate: int
    per_sample: int
    fixed: int
    budget: int
    limit: str
    measured: dict[int, int]

    @property
    def bytes(self) -> int:
        """The bytes that a step takes at its peak."""
        return self.fixed + self.per_sample * self.batch_size

    def __str__(self) -> str:
        steps = f", {self.accumulate} batches to a step" * (self.accumulate > 1)
        return (
            f"batch size {self.batch_size:,}{steps}: {in_units(self.fixed)} + {in_units(self.per_sample)} a sample = "
            f"{in_units(self.bytes)} of {in_units(self.budget)} ({self.limit})"
        )


def find_batch_size(
    model: Module,
    sample: Any,
    optimizer: Optimizer,
    loss: Callable[[Any, Any], Tensor],
    *,
    budget: int | None = None,
    margin: float = 0.05,
    largest: int | None = None,
    effective: int | None = None,
    trainer: Trainer | None = None,
) -> BatchSize:
    """The largest batch with which a training step fits into memory, found without getting the process killed.

        found = find_batch_size(net, train, optimizer, nn.CrossEntropyLoss(), effective=4096)
        trainer = Trainer(accumulate=found.accumulate)
        trainer.fit(net, train, None, 10, optimizer, nn.CrossEntropyLoss(), batch_size=found.batch_size)

    Steps of a few samples are measured by tracemalloc, which knows of every array. From two of them follows the largest
    batch; a step that comes closer, at most 8 times as large, is measured next, until it is reached. At last a few
    steps of that size are made, as training begins. Meanwhile RLIMIT_AS is lowered to the budget (on Linux): what would
    take more raises MemoryError, here or in another thread, and a smaller batch is tried. Afterwards parameters,
    buffers, gradients and modes of the model, the optimizer and the global random generators are exactly as they were.
    Hooks of the model and the optimizer are called, callbacks of the trainer are not.

    Args:
        sample: a batch (*inputs, target) whose samples are repeated as needed, or a DataLoader or data set, of which
            the first samples are, and whose length is the largest batch. Give the longest if they differ in length.
        budget: the bytes that a step may take besides what the process holds. By default what is free: the least of
            the machine's memory, the limits of control groups (of a container), RLIMIT_AS and RLIMIT_DATA.
        margin: the part of the budget that is left free.
        largest: a bound on the result.
        effective: the samples of an optimizer step; the batch size is then a divisor of it, and `accumulate` follows.
        trainer: the one that will train, with its metrics, penalties, clipping and augmentation.

    Raises MemoryError, with figures, if not even one sample fits; TypeError and ValueError for arguments that do not
    fit; ImportError without psutil, unless `budget` is given; and what a step raises.
    """
    _check(model, optimizer, loss, margin, {"budget": budget, "largest": largest, "effective": effective})
    batch, size = one_batch(sample)
    bounds = [number for number in (largest, effective, size) if number is not None]
    with left_as_it_was(model, optimizer, loss):
        steps = TrialSteps(trainer or Trainer(progress=False), model, optimizer, loss, batch)
        free = free_memory()
        if budget is not None:
            free = min(free, Free(budget, "given"))
        search = Search(steps, free, margin, min(bounds, default=UNBOUNDED))
        number, accumulate = search.confirmed(search.largest(), effective)
    give_back()
    fixed, per_sample = search.line()
    if fixed < 0:  # the most is held elsewhere in a small step than in a large one
        fixed, per_sample = 0, per_sample + fixed / max(search.measured)
    return BatchSize(number, accumulate, round(per_sample), round(fixed), search.budget, free.limit, search.measured)


class Search:
    """The search for the largest number of samples, up to `bound`, with which a step takes no more than `budget`."""

    def __init__(self, steps: TrialSteps, free: Free, margin: float, bound: int) -> None:
        self.steps, self.free, self.bound = steps, free, bound
        self.budget = int(free.bytes * (1 - margin))
        self.ceiling = Ceiling(self.budget + APART)
        self.measured: dict[int, int] = {}
        self.base = self.peak = 0

    def largest(self) -> int:
        """What should be the largest number. Every step on the way to it is measured.

        Raises MemoryError if not even one sample fits.
        """
        with traced() as self.base:
            self._begin()
            failed = self.bound + 1
            while True:
                most = max(self.measured)
                fixed, slope = self.line()
                goal = min(int((self.budget - fixed) / slope) if slope else self.bound, self.bound, failed - 1)
                if goal <= most * CLOSE:
                    return max(goal, 1)
                number = min(goal, most * GROWTH)
                if failed <= self.bound:
                    number = min(number, max(most + 1, isqrt(most * failed), failed * 4 // 5))
                if not self._measure(number):
                    failed = number

    def confirmed(self, number: int, effective: int | None) -> tuple[int, int]:
        """The largest number, not above the given, with which steps come to their end, and the batches of each.

        With `effective`, so many samples make a step, and the number is a divisor of it. Raises MemoryError if none is.
        """
        fixed, slope = self.line()
        while number:
            batches = 1
            if effective is not None:
                number = next(n for n in range(min(number, effective), 0, -1) if effective % n == 0)
                batches = effective // number
            waiting = (batches - 1) * number * self.steps.bytes_of_a_sample  # the loop fetches all batches of a step
            fits = waiting == 0 or fixed + slope * number + waiting <= self.budget
            if fits and self._ends(self.steps.train, number, batches):
                return number, batches
            number = min(number - 1, int(number * 0.97))
        raise self._too_large()

    def line(self) -> tuple[float, float]:
        """The bytes of a step, as the line through its last two points: what is fixed, and what each sample adds."""
        points = [(0, 0), *sorted(self.measured.items())] if len(self.measured) == 1 else sorted(self.measured.items())
        (n, low), (m, high) = points[-2:]
        slope = max((high - low) / (m - n), 0.0)
        return high - slope * m, slope

    def _begin(self) -> None:
        """Measure the smallest steps: of 2 samples, since some layers need two, and of 4; of 1 if 2 do not fit."""
        for number in [2, 1] if self.bound > 1 else [1]:
            try:
                ends = self._ends(self.steps.begin, number) and self._measure(number)
            except ValueError:
                if number == min(2, self.bound):
                    raise
                ends = False  # a layer, such as BatchNorm, that cannot train on one sample
            if ends and self.measured[number] <= self.budget:
                break
        else:
            raise self._too_large()
        if number == 2 and self.bound >= 4:
            self._measure(4)

    def _measure(self, number: int) -> bool:
        """Make two steps, and note what they take: a batch is made while the last one is still held. Returns whether
        they came to their end."""
        ends = self._ends(self.steps.make, number, 1, 2)
        if ends:
            self.measured[number] = self.peak
        return ends

    def _ends(self, work: Callable[..., None], *arguments: int) -> bool:
        """Whether it comes to its end without taking more memory than may be taken."""
        give_back()
        tracemalloc.reset_peak()
        try:
            with self.ceiling.held():
                work(*arguments)
        except MemoryError:
            failed = True
        else:
            failed = False
        finally:
            self.peak = tracemalloc.get_traced_memory()[1] - self.base
        if failed:
            forget_failures()
            gc.collect()  # its frames may wait in a circle
        return not failed and self.peak <= self.budget

    def _too_large(self) -> MemoryError:
        one, steps, free = self.measured.get(1), self.steps, self.free
        takes = f"takes {in_units(one)}" if one else f"takes more than {in_units(self.peak)}"
        return MemoryError(
            f"find_batch_size: a training step with one sample {takes}, {in_units(steps.bytes_of_gradients)} of it for "
            f"gradients and {in_units(steps.bytes_of_state)} for the state of {type(steps.optimizer).__name__}, but "
            f"only {in_units(self.budget)} may be taken ({free.limit}, of which {in_units(free.bytes)} is free): "
            "compute activations anew in backward (autograd.checkpoint), train in 16 bits "
            '(Trainer(amp="bfloat16")), or take '
            "smaller inputs, a smaller model, or an optimizer with less state, such as SGD"
        )


@contextmanager
def traced() -> Iterator[int]:
    """Have tracemalloc count bytes, as it may do already. Gives those that it counts now."""
    already = tracemalloc.is_tracing()
    if not already:
        tracemalloc.start()
    try:
        yield tracemalloc.get_traced_memory()[0]
    finally:
        if not already:
            tracemalloc.stop()


def forget_failures() -> None:
    """Have tracemalloc forget the allocation that failed last: NumPy reports it as one at address 0."""
    untrack = ctypes.pythonapi.PyTraceMalloc_Untrack
    untrack(ctypes.c_uint(np.lib.tracemalloc_domain), ctypes.c_size_t(0))


def in_units(bytes: float) -> str:
    """Bytes as they are read best: 12 KB, 3.4 MB, 1.2 GB."""
    for unit in "bytes", "KB", "MB", "GB":
        if bytes < 1000 or unit == "GB":
            break
        bytes /= 1000
    return f"{bytes:.0f} {unit}" if bytes >= 100 or unit == "bytes" else f"{bytes:.1f} {unit}"


def _check(model: Any, optimizer: Any, loss: Any, margin: float, numbers: dict[str, int | None]) -> None:
    for name, given, kind, example in (
        ("model", model, Module, "nn.MLP(4, [8, 3])"),
        ("optimizer", optimizer, Optimizer, "optim.Adam(model.parameters())"),
    ):
        if not isinstance(given, kind):
            raise TypeError(
                f"find_batch_size: expected {name} to be a {kind.__name__}, such as {example}, given "
                f"{type(given).__name__}"
            )
    if not callable(loss):
        raise TypeError(f"find_batch_size: expected loss to be callable, given {type(loss).__name__}: nn.MSELoss()")
    if not 0 <= margin < 1:
        raise ValueError(f"find_batch_size: expected margin to be at least 0 and below 1, given {margin!r}")
    for name, number in numbers.items():
        if number is not None and (not isinstance(number, int) or number < 1):
            raise ValueError(f"find_batch_size: expected {name} to be a whole number, 1 or more, given {number!r}")
