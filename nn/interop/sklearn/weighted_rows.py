"""The rows of a table, some of which may count more than others: in batches, and in the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

Array = np.ndarray[Any, Any]


class WeightedRows:
    """Rows x (N, k), targets (N, …) and perhaps weights (N,), in batches; several batches are shuffled anew every time.

    A batch is (x, target), or (x, (target, weight)) if there are weights. These have the mean 1 over all rows.
    """

    def __init__(self, x: Array, target: Array, weights: Array | None, batch_size: int, shuffle: bool) -> None:
        columns = x, target, *([] if weights is None else [(weights / weights.mean()).astype(x.dtype)])
        self.columns = [autograd.as_tensor(np.ascontiguousarray(column)) for column in columns]
        self.batch_size, self.shuffle = batch_size, shuffle

    def __len__(self) -> int:
        return -(-len(self.columns[0]) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Any]]:
        columns, rows = self.columns, len(self.columns[0])
        if self.shuffle and len(self) > 1:
            order = autograd.randperm(rows)
            columns = [column[order] for column in columns]
        for start in range(0, rows, self.batch_size):
            x, target, *weight = [column[start : start + self.batch_size] for column in columns]
            yield x, (target, *weight) if weight else target


def weighted(criterion: Callable[[Any, Any], Tensor]) -> Callable[[Any, Any], Tensor]:
    """The loss of (target, weight): the mean of weight * loss over the rows, given the loss of each row by itself.

    Raises ValueError if `criterion` returns anything but one loss, or several, for each row.
    """

    def loss(output: Tensor, target_and_weight: tuple[Tensor, Tensor]) -> Tensor:
        target, weight = target_and_weight
        losses = criterion(output, target)
        if losses.shape[:1] != weight.shape:
            raise ValueError(
                f"with sample weights the criterion has to return the loss of each row, of shape ({len(weight)}, …), "
                f"given {tuple(losses.shape)}: take one of nn's losses, or return what it computes before the mean"
            )
        return (losses.reshape(len(weight), -1).mean(dim=1) * weight).mean()

    return loss
