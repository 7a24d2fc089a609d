"""`torch.testing.assert_close`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.calculus.primitives import wide

TOLERANCES = {  # relative, absolute
    "bfloat16": (1.6e-2, 1e-5), "float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7),
}  # fmt: skip


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    check_device: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """|actual - expected| <= atol + rtol |expected|, for tensors, arrays, numbers, and sequences and mappings of them.

    The default tolerances are PyTorch's, by dtype; integers and bools must be equal. Raises AssertionError that says
    where the largest difference is; ValueError for one tolerance without the other, TypeError for different kinds.
    """
    if (rtol is None) != (atol is None):
        missing = "rtol" if rtol is None else "atol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
    pairs: list[tuple[str, Any, Any]] = []
    fault = _collect(actual, expected, "", pairs)
    for place, x, y in pairs:
        fault = fault or _differ(x, y, rtol, atol, equal_nan, check_dtype, check_stride)
        if fault:
            fault += f"\n\nThe failure occurred for item {place}" if place else ""
            break
    if fault:
        raise AssertionError(msg(fault) if callable(msg) else msg or fault)


def _collect(actual: Any, expected: Any, place: str, pairs: list[tuple[str, Any, Any]]) -> str:
    """Put the pairs to compare into `pairs`, with their places; returns what is wrong with the containers."""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if set(actual) != set(expected):
            return f"The keys of the mappings do not match: {sorted(map(str, actual))} != {sorted(map(str, expected))}."
        return next(filter(None, [_collect(actual[k], expected[k], f"{place}[{k!r}]", pairs) for k in actual]), "")
    if all(isinstance(each, Sequence) and not isinstance(each, str) for each in (actual, expected)):
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
        both = enumerate(zip(actual, expected, strict=True))
        return next(filter(None, [_collect(x, y, f"{place}[{i}]", pairs) for i, (x, y) in both]), "")
    kinds = [Tensor if isinstance(each, Tensor) else np.ndarray for each in (actual, expected)]
    if any(isinstance(each, Tensor | np.ndarray) for each in (actual, expected)) and (
        kinds[0] != kinds[1] or np.isscalar(actual) or np.isscalar(expected)
    ):
        raise TypeError(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.")
    pairs.append((place, actual, expected))
    return ""


def _differ(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, dtype: bool, stride: bool
) -> str:
    numbers = not isinstance(actual, Tensor | np.ndarray)
    x, y = (np.asarray(each.detach() if isinstance(each, Tensor) else each) for each in (actual, expected))
    if x.shape != y.shape:
        return f"The values for attribute 'shape' do not match: {tuple(x.shape)} != {tuple(y.shape)}."
    if dtype and not numbers and x.dtype != y.dtype:
        return f"The values for attribute 'dtype' do not match: {actual.dtype} != {expected.dtype}."
    if stride and x.strides != y.strides:
        return "The values for attribute 'stride()' do not match."
    relative, absolute = _tolerances(x, y) if rtol is None or atol is None else (rtol, atol)
    x, y = map(wide, (x, y))
    x, y = (each.astype(np.result_type(x, y)) for each in (x, y))
    wrong = ~np.isclose(x, y, relative, absolute, equal_nan)
    return _report(x, y, wrong, numbers, relative, absolute) if wrong.any() else ""


def _tolerances(x: Any, y: Any) -> tuple[float, float]:
    each = [TOLERANCES.get(array.dtype.name, (0.0, 0.0)) for array in (x, y)]
    return max(t[0] for t in each), max(t[1] for t in each)


def _report(x: Any, y: Any, wrong: Any, numbers: bool, rtol: float, atol: float) -> str:
    x, y = (each.astype(np.int64) if each.dtype == bool else each for each in (x, y))
    with np.errstate(all="ignore"):
        difference = np.where(wrong, np.abs(x - y), np.zeros((), x.dtype))
        relative = difference / np.abs(y)  # PyTorch divides integers in float32
        relative = np.where(wrong, relative if numbers or x.dtype.kind == "f" else relative.astype(np.float32), 0)
    kind, verb = ("Scalars" if numbers else "Tensor-likes"), "close" if rtol or atol else "equal"
    lines = [f"{kind} are not {verb}!", ""]
    if numbers:
        lines.append(f"Expected {y.item()} but got {x.item()}.")
    else:
        lines.append(f"Mismatched elements: {wrong.sum()} / {wrong.size} ({wrong.mean():.1%})")
    for name, values, allowed in (("absolute", difference, atol), ("relative", relative, rtol)):
        at = tuple(map(int, np.unravel_index(np.nanargmax(np.nan_to_num(values, nan=np.inf)), values.shape)))
        allowance = f" (up to {allowed} allowed)" if rtol or atol else ""
        where = "" if numbers else f" at index {at}"
        start = f"{name.capitalize()} difference" if numbers else f"Greatest {name} difference"
        lines.append(f"{start}: {values[at]}{where}{allowance}")
    return "\n".join(lines)
