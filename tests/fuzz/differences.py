"""What can be told apart from outside: the kind of difference between a thing of ours and the same thing of torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

import autograd

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
ROUGH = 1e-4  # of gradients: those in float64 may have come through float32
DTYPES = {
    getattr(torch, name): np.dtype(name)
    for name in ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
}
SAME = ""


def difference(ours: Any, theirs: Any, live: Iterable[Any], tolerance: float = 0.0) -> str:
    """The first of: kind, shape, dtype, requires_grad, is_leaf, value. "" if the two are the same in all of them."""
    if isinstance(theirs, torch.Tensor):
        if not isinstance(ours, autograd.Tensor):
            return "kind"
        if ours.shape != tuple(theirs.shape):
            return "shape"
        if ours.dtype is not DTYPES[theirs.dtype] and ours.dtype != DTYPES[theirs.dtype]:
            return "dtype"
        if beyond_looking(ours):
            return "looking at it raises"
        if ours.requires_grad is not theirs.requires_grad:
            return "requires_grad" + " of a view made under no_grad" * (theirs.is_leaf and theirs._is_view())
        if ours.is_leaf is not theirs.is_leaf:
            return "is_leaf"
        array = theirs.detach().numpy()
        return SAME if ours._data.tobytes() == array.tobytes() else of_values(ours, array, live, tolerance)
    if isinstance(theirs, tuple | list):
        if not isinstance(ours, tuple if isinstance(theirs, tuple) else list):
            return "kind"
        if len(ours) != len(theirs):
            return "length"
        return next(filter(None, (difference(a, b, live, tolerance) for a, b in zip(ours, theirs))), SAME)
    if type(theirs) in (bool, int, float, type(None)):
        if type(ours) is not type(theirs):
            return "kind"
        return SAME if ours == theirs or close(np.array(ours), np.array(theirs), live) else "value"
    return SAME


def of_values(ours: Any, theirs: Any, live: Iterable[Any], tolerance: float) -> str:
    mine = np.asarray(ours._data)
    if not close(mine, theirs, live, tolerance):
        finite = np.isfinite(mine) & np.isfinite(theirs)
        beside = not finite.all() and (tolerance == ROUGH or close(mine[finite], theirs[finite], live))
        return "value beside infinity" if beside else "value"
    take_rounding(ours, theirs)
    return SAME


def close(a: Any, b: Any, live: Iterable[Any], tolerance: float = 0.0) -> bool:
    """Equal up to rounding, in which the largest number that is there may have had a part; NaN equals NaN."""
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    tolerance = tolerance or TOLERANCE[a.dtype.name]
    with np.errstate(all="ignore"):
        if np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True):
            return True
        return np.allclose(a, b, rtol=tolerance, atol=tolerance * largest(live), equal_nan=True)


def largest(live: Iterable[Any]) -> float:
    """The largest finite number in torch's tensors and their gradients."""
    everything = [1.0]
    for t in live:
        for each in t if isinstance(t, tuple | list) else [t]:
            for part in (each, each.grad if isinstance(each, torch.Tensor) and each.is_leaf else None):
                if isinstance(part, torch.Tensor) and part.numel():
                    numbers = np.abs(part.detach().numpy().astype(np.float64))
                    everything += numbers[np.isfinite(numbers)].tolist()
    return max(everything)


def take_rounding(ours: Any, array: Any) -> None:
    """Make our value torch's to the last bit, so that neither rounding nor the sign of a zero decides a later step."""
    data = ours._data
    if type(data) is not np.ndarray:
        ours._data = array[()].copy()
    elif data.flags.writeable:
        data[...] = array


def beyond_looking(t: Any) -> bool:
    """Whether even to ask if it is a leaf raises, or it is a bool or an integer and requires grad.

    The one is torch's way with several views made at once whose base was written to, the other happens in a write.
    """
    if isinstance(t, tuple | list):
        return any(map(beyond_looking, t))
    if not isinstance(t, torch.Tensor | autograd.Tensor):
        return False
    try:
        return t.is_leaf is None or (t.requires_grad and not t.is_floating_point())
    except RuntimeError:
        return True


def gradients(ours: Any, theirs: Any, live: Iterable[Any]) -> str:
    """The kind of difference between the two .grad, "" if there is none."""
    mine, other = ours.grad, theirs.grad
    if (mine is None) != (other is None):
        return "grad is there" if other is None else "grad is missing"
    found = difference(mine, other, live, ROUGH)
    return f"grad {found}" if found else SAME
