"""What is seen of calls under no_grad: the scale of their inputs, the classes answered, and where they were made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Tensor

from .program_frames import calling_lines, class_lists, classes_beside, program_frame
from .samples import Samples
from .what_was_learned import Outcomes

Array = np.ndarray[Any, Any]

ALL_CALLS = 20  # of a line whose inputs are measured; of those that follow,
ONE_OF = 50  # one of so many
MOST_COLUMNS = 4096
MOST_LINES = 32


@dataclass
class Scale:
    """The mean and spread of each column of inputs; pictures and sequences are one column."""

    rows: int
    numbers: int  # in each column
    sums: Array
    squares: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, x: Any) -> Scale | None:
        """The scale of a batch of floating-point numbers, None of anything else."""
        a = x.numpy(force=True) if isinstance(x, Tensor) else x
        if not isinstance(a, np.ndarray) or a.ndim < 2 or "float" not in a.dtype.name or not a.size:
            return None
        columns = a if a.ndim == 2 and a.shape[1] <= MOST_COLUMNS else a.reshape(-1, 1)
        with np.errstate(all="ignore"):
            sums = columns.sum(0, dtype=np.float64), np.square(columns, dtype=np.float64).sum(0)
        if not np.isfinite(sums[1]).all():
            return None
        return cls(len(a), len(columns), *sums, columns.min(0), columns.max(0))

    def __add__(self, other: Scale) -> Scale:
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        return Scale(
            self.rows + other.rows, self.numbers + other.numbers, self.sums + other.sums, self.squares + other.squares,
            low, high,
        )  # fmt: skip

    @property
    def mean(self) -> Array:
        """Of each column."""
        return np.asarray(self.sums / self.numbers)

    @property
    def spread(self) -> Array:
        """The standard deviation of each column."""
        return np.asarray(np.sqrt(np.maximum(self.squares / self.numbers - self.mean**2, 0)))

    def as_one(self) -> Scale:
        """All columns as one."""
        return Scale(
            self.rows, self.numbers * len(self.sums), self.sums.sum(keepdims=True), self.squares.sum(keepdims=True),
            self.low.min(keepdims=True), self.high.max(keepdims=True),
        )  # fmt: skip


@dataclass
class Validation:
    """Sums over the inputs of training and of calls under no_grad, by the line of the program."""

    trained: Scale | None = None
    scales: dict[str, Scale] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    on_training_samples: dict[tuple[tuple[str, int], ...], None] = field(default_factory=dict)  # where these were made
    seen: set[tuple[tuple[str, int], ...]] = field(default_factory=set)  # where calls were made
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of data sets, by the variables around there
    answers: Counter[tuple[int, int]] = field(default_factory=Counter)  # class given, class wanted; of the last pass
    answered_at: int = -1  # the step after which

    def trained_on(self, x: Any) -> None:
        """Add the inputs of a step."""
        scale = Scale.of(x)
        if scale is not None and (self.trained is None or self.trained.sums.shape == scale.sums.shape):
            self.trained = scale if self.trained is None else self.trained + scale

    def called(self, samples: Samples, outcomes: Outcomes, steps: int, x: Any, output: Any) -> None:
        """Note a call of the model that recorded nothing, after so many steps."""
        frame, known = program_frame(), samples.validated_on(x)
        lines = calling_lines(frame)
        if lines not in self.seen and len(self.seen) < MOST_LINES:
            self.seen.add(lines)
            self.classes |= class_lists(frame)
        if isinstance(output, Tensor) and (wanted := samples.targets(x)) is not None:
            outcomes.validate(steps, output.numpy(force=True), wanted)
            self._compare(outcomes, steps, output, wanted)
        elif isinstance(output, Tensor) and not known:
            self._compare(outcomes, steps, output, classes_beside(x, frame))
        if known and len(self.on_training_samples) < MOST_LINES:
            self.on_training_samples[lines] = None
        if not known and lines:
            self._measure(f"{lines[0][0]}:{lines[0][1]}", x)

    def _measure(self, line: str, x: Any) -> None:
        self.calls[line] += 1
        if (self.calls[line] > ALL_CALLS and self.calls[line] % ONE_OF) or len(self.scales) >= MOST_LINES:
            return
        scale, before = Scale.of(x), self.scales.get(line)
        if scale is None or scale.rows < 2 or (before and before.sums.shape != scale.sums.shape):
            return
        self.scales[line] = scale if before is None else before + scale

    def _compare(self, outcomes: Outcomes, steps: int, output: Tensor, wanted: Array | None) -> None:
        given = output.numpy(force=True)
        if wanted is None or outcomes.last is None or given.ndim != 2 or wanted.size != len(given):
            return
        if steps != self.answered_at:
            self.answers, self.answered_at = Counter(), steps
        self.answers.update(
            zip(outcomes.classes_in(given).tolist(), wanted.reshape(-1).astype(int).tolist(), strict=True)
        )
