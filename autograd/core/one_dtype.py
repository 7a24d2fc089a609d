"""Ops that PyTorch computes of tensors of one dtype only: products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .dtypes import SCALARS
from .engine import Traced
from .ops import Op

C_NAMES = {
    "Half": "c10::Half", "BFloat16": "c10::BFloat16", "Byte": "unsigned char", "Char": "signed char",
    "Long": "long long",
}  # fmt: skip  # others: float
ONE_DTYPE: dict[Any, str] = {}  # the functions of the ops, and PyTorch's words


def one_dtype(function: Any, words: str) -> None:
    """Let the op of `function` refuse tensors of different dtypes.

    The `words` of the message name both: {0} and {1} as PyTorch does, Double, {2} and {3} as C++ does, double.
    """
    ONE_DTYPE[function] = words


def check_one_dtype(op: Op, inputs: Sequence[Any], data: Sequence[Any]) -> None:
    """Raise RuntimeError for tensors of data of several dtypes, if the op is one of those. Arrays and numbers adapt."""
    if op.key not in ONE_DTYPE:
        return
    given = [value.dtype for x, value in zip(inputs, data, strict=False) if isinstance(x, Traced)]
    other = next((dtype for dtype in given if dtype != given[0]), None)
    if other is not None:
        names = [SCALARS.get(dtype.name, dtype.name) for dtype in (given[0], other)]
        words = ONE_DTYPE[op.key].format(*names, *(C_NAMES.get(name, name.lower()) for name in names))
        raise RuntimeError(f"{words}: convert one of them, x.to(y.dtype)") from None
