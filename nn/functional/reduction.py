"""What becomes of the losses of single elements: "mean" (their average), "sum", or "none"."""

from __future__ import annotations

import warnings

from autograd import Tensor
from autograd.calculus.primitives import wide


def chosen_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """`reduction`, or what the old arguments `size_average` and `reduce` say in its place, with a warning."""
    if size_average is None and reduce is None:
        return reduction
    averages, reduces = size_average is not False, reduce is not False
    chosen = ("mean" if averages else "sum") if reduces else "none"
    text = f"size_average and reduce args will be deprecated, please use reduction='{chosen}' instead."
    warnings.warn(text, UserWarning, stacklevel=3)
    return chosen


def check_reduction(reduction: str) -> None:
    """Raises ValueError for an unknown reduction."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: expected 'mean', 'sum' or 'none'")


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The losses, their mean or their sum. Raises ValueError for an unknown reduction."""
    check_reduction(reduction)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def quotient(losses: Tensor, total: Tensor | float) -> Tensor:
    """The sum of the losses, divided by `total`: of float16 in float32, whose range has room for both."""
    return (wide(losses).sum() / total).to(losses.dtype)


def check_same_shape(name: str, input: Tensor, other: Tensor, what: str = "target") -> None:
    """Raises TypeError for no tensor, ValueError for another shape: (N, 1) against (N,) would broadcast to (N, N)."""
    if not isinstance(other, Tensor):
        raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(other).__name__}")
    if input.shape != other.shape:
        raise ValueError(
            f"{name}: expected input and {what} of the same shape, given {tuple(input.shape)} and "
            f"{tuple(other.shape)}: bring one to the other's shape with reshape, unsqueeze, squeeze or expand_as"
        )
