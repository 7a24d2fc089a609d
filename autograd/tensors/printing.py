"""How a tensor is printed: as PyTorch prints it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import dtypes
from .torch_names import shown


def text(tensor: Any) -> str:
    """`tensor([1., 2.], grad_fn=<MulBackward>)`."""
    array = tensor._array if hasattr(tensor, "_array") else np.asarray(tensor)
    name = type(tensor).__name__ if type(tensor).__name__ != "Tensor" else "tensor"
    body = np.array2string(
        array, separator=", ", prefix=f"{name}(", formatter={"all": formatter(array)}, threshold=1000, max_line_width=80
    )
    if array.size > 1000:
        body = body.replace(", ..., ", ",  ..., ")
    tail = []
    if not array.size:
        body = "[]"
        if array.ndim != 1:
            tail.append(f"size={array.shape}")
    if array.dtype not in (dtypes.get_default_dtype(), np.int64, np.bool_):
        tail.append(f"dtype={shown(array.dtype)}")
    if tensor.grad_fn is not None:
        tail.append(f"grad_fn={tensor.grad_fn!r}")
    elif tensor.requires_grad:
        tail.append("requires_grad=True")
    return f"{name}({', '.join([body, *tail])})"


def formatter(array: Any) -> Any:
    """Four decimals, none for whole numbers, the exponent form for wide ranges; all of one width."""
    if array.size > 1000:  # only the corners are printed
        for axis, n in enumerate(array.shape):
            array = np.take(array, [*range(3), *range(n - 3, n)] if n > 6 else range(n), axis)
    values = array.ravel()
    if not dtypes.is_floating(array.dtype):
        width = max((len(str(v)) for v in values.tolist()), default=0)
        return lambda v: str(v).rjust(width)
    finite = np.abs(values[np.isfinite(values)]).astype(np.float64)
    nonzero = finite[finite != 0]
    whole = bool((finite == np.floor(finite)).all())
    low, high = (nonzero.min(), nonzero.max()) if nonzero.size else (1.0, 1.0)
    if whole:
        form = "{:.4e}" if high / low > 1000 or high > 1e8 else "{:.0f}."
    else:
        form = "{:.4e}" if high / low > 1000 or high > 1e8 or low < 1e-4 else "{:.4f}"

    def one(v: Any) -> str:
        return form.format(v) if np.isfinite(v) else str(float(v))

    width = max((len(one(v)) for v in values), default=0)
    return lambda v: one(v).rjust(width)
