"""Data types under PyTorch's names, and PyTorch's rules for results of mixed types.

The order is bool < integers < floating point, and a mixture is of the highest category in it. Within a category the
widest wins; uint8 with a signed integer gives the next wider signed one, and float16 with bfloat16, neither of which
holds all of the other, float32.

bfloat16 is no dtype of NumPy: the package ml_dtypes brings it, and is imported when it is first asked for.
"""

from __future__ import annotations

import builtins
from functools import cache
from typing import Any

import numpy as np

float16, float32, float64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
int8, int16, int32, int64 = np.dtype(np.int8), np.dtype(np.int16), np.dtype(np.int32), np.dtype(np.int64)
uint8, bool_ = np.dtype(np.uint8), np.dtype(np.bool_)
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64

SCALARS = {
    "float16": "Half", "float32": "Float", "float64": "Double", "uint8": "Byte", "int8": "Char", "int16": "Short",
    "int32": "Int", "int64": "Long", "bool": "Bool", "bfloat16": "BFloat16",
}  # fmt: skip  # what PyTorch's types and messages call each dtype
FLOATING: set[type[Any]] = {np.float16, np.float32, np.float64, np.longdouble}  # the types that can carry a gradient
NARROW: set[np.dtype[Any]] = {float16}  # those of 16 bits: ops are computed in float32, and rounded once
_NUMBERS = {builtins.bool: 0, builtins.int: 1, builtins.float: 2}
_default = [float32]


@cache
def bfloat16() -> np.dtype[Any]:
    """The dtype of bfloat16, which tensors can have from now on. Raises ImportError without the package ml_dtypes."""
    try:
        from ml_dtypes import bfloat16 as number
    except ImportError:
        raise ImportError(
            "bfloat16 is a dtype of the package ml_dtypes, which is not installed: in the clone of chalkgrad, run "
            "pip install -e '.[bfloat16]'"
        ) from None
    FLOATING.add(number)
    NARROW.add(np.dtype(number))
    return np.dtype(number)


def known(dtype: np.dtype[Any]) -> builtins.bool:
    """Whether tensors have this dtype; bfloat16 may be met here for the first time, in an array."""
    if dtype.name == "bfloat16":
        bfloat16()
    return dtype.kind in "biu" or is_floating(dtype)


def limits(dtype: np.dtype[Any]) -> Any:
    """What NumPy's finfo tells of a floating dtype, of bfloat16 too."""
    if dtype.kind == "f":
        return np.finfo(dtype)
    from ml_dtypes import finfo

    return finfo(dtype)


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of tensors made from Python floats, and of float functions of integers."""
    return _default[0]


def set_default_dtype(dtype: Any) -> None:
    """Make a floating-point dtype that of everything made from Python floats from now on.

    Raises TypeError for any other dtype.
    """
    dtype = np.dtype(dtype)
    if not is_floating(dtype):
        raise TypeError(f"only floating-point types are supported as the default type, got {dtype}")
    _default[0] = dtype


def is_floating(dtype: np.dtype[Any]) -> builtins.bool:
    """Whether `dtype` is floating point, and a tensor of it can require a gradient."""
    return dtype.type in FLOATING


def is_integer(dtype: np.dtype[Any]) -> builtins.bool:
    """Whether `dtype` holds whole numbers; bool does not count."""
    return dtype.kind in "iu"


def _category(x: Any) -> Any:
    """0 for bools, 1 for integers, 2 for floating point, 3 for what no tensor holds."""
    if hasattr(x, "dtype"):
        return 2 if is_floating(x.dtype) else {"b": 0, "i": 1, "u": 1}.get(x.dtype.kind, 3)
    return _NUMBERS.get(type(x), 3)


def result_type(*xs: Any) -> np.dtype[Any]:
    """The dtype of an elementwise result, as torch.result_type.

    Arrays with dimensions decide; 0-d arrays, then Python numbers, count only if their category (bool < integer <
    floating point) is higher. Raises TypeError for what no tensor holds, such as complex numbers.
    """
    chosen: Any = None
    highest = -1
    for tier in (
        [x for x in xs if getattr(x, "shape", ())],
        [x for x in xs if getattr(x, "shape", None) == ()],
        [x for x in xs if not hasattr(x, "shape")],
    ):
        top = max(map(_category, tier), default=-1)
        if top > highest:
            typed = [x.dtype for x in tier if hasattr(x, "dtype") and _category(x) == top]
            number = {0: bool_, 1: int64}.get(top, get_default_dtype())
            highest, chosen = top, _widest(typed) if typed else number
    if highest > 2:
        kinds = ", ".join(str(getattr(x, "dtype", type(x).__name__)) for x in xs)
        raise TypeError(f"expected bools, integers or floating-point numbers, given {kinds}")
    return chosen


def _widest(given: list[np.dtype[Any]]) -> np.dtype[Any]:
    """The dtype of a result of these dtypes, all of one category."""
    kinds = set(given)
    wide = kinds - NARROW or (kinds if len(kinds) == 1 else {float32})
    return np.result_type(*wide)


def of_multiple(factor: builtins.float, name: str, *xs: Any) -> np.dtype[Any]:
    """The dtype of the xs together, one of which is multiplied by `factor`, an argument called `name`.

    Raises RuntimeError for a float among integers, of which PyTorch would keep the whole part at most, and for a number
    beyond the range of the dtype.
    """
    dtype = result_type(*xs)
    if isinstance(factor, builtins.float) and not is_floating(dtype):
        raise RuntimeError(
            f"For integral input tensors, argument {name} must not be a floating point number, got {factor} for "
            f"{dtype}: use a float tensor, x.float()"
        )
    check_number(factor, dtype)
    return dtype


def together(*xs: Any) -> list[Any]:
    """Arrays and numbers in the dtype of their result."""
    dtype = result_type(*xs)
    return [cast(x, dtype) for x in xs]


def cast(x: Any, dtype: np.dtype[Any]) -> Any:
    """An array in `dtype`. A Python number stays one, wrapped around where an integer dtype does not hold it."""
    if x.__class__ not in _NUMBERS:
        return x.astype(dtype, copy=False)
    if x.__class__ is not builtins.int or is_floating(dtype) or (dtype == int64 and -(1 << 63) <= x < 1 << 63):
        return x
    return np.asarray(x).astype(dtype).item()


def rounded(x: Any, dtype: np.dtype[Any]) -> Any:
    """An array or number in a floating `dtype`. A Python number stays one."""
    if type(x) not in _NUMBERS:
        return x.astype(dtype, copy=False)
    number = dtype.type(x).item()
    return x if number == x else number


def check_number(number: Any, dtype: np.dtype[Any]) -> None:
    """Raise RuntimeError for a Python number beyond the range of `dtype`: infinity is in that of a floating dtype."""
    if not is_floating(dtype):
        check_range(number, dtype)
    elif builtins.float(limits(dtype).max) < abs(number) < np.inf:
        raise RuntimeError(f"value cannot be converted to type {dtype} without overflow: {number}")


def check_range(values: Any, dtype: np.dtype[Any]) -> None:
    """Raise RuntimeError if a number, or an array of them, is beyond the range of an integer `dtype`.

    As in PyTorch an unsigned dtype has room for negative integers, which wrap around: -1 is 255 in uint8.
    """
    if not is_integer(dtype) or not np.size(values):
        return
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    least, most = np.min(values), np.max(values)
    if dtype.kind == "u" and not is_floating(least.dtype):
        low = -high
    if not (low <= least.item() and most.item() <= high):
        wrong = most if low <= least.item() else least
        raise RuntimeError(
            f"value cannot be converted to type {dtype} without overflow: {wrong} is not in [{low}, {high}]; "
            "choose a wider dtype, or clamp first"
        )
