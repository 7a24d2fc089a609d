"""How a tensor is printed: as PyTorch prints it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import dtypes
from .print_options import in_force
from .torch_names import shown


def text(tensor: Any) -> str:
    """`tensor([1., 2.], grad_fn=<MulBackward0>)`."""
    array = tensor._array if hasattr(tensor, "_array") else np.asarray(tensor)
    name = type(tensor).__name__ if type(tensor).__name__ != "Tensor" else "tensor"
    facts = []
    if not array.size and array.ndim != 1:
        facts.append(f"size={array.shape}")
    if array.dtype not in (dtypes.get_default_dtype(), np.int64, np.bool_):
        facts.append(f"dtype={shown(array.dtype)}")
    if tensor.grad_fn is not None:
        facts.append(f"grad_fn={tensor.grad_fn!r}")
    elif tensor.requires_grad:
        facts.append("requires_grad=True")
    indent = len(name) + 1
    values = numbers(array, indent) if array.size else "[]"
    return f"{_appended(f'{name}({values}', facts, indent)})"


def numbers(array: Any, indent: int) -> str:
    """The values in brackets, in lines that start `indent` columns from the left; of many only those at the ends."""
    edge = in_force[0].edgeitems if array.size > in_force[0].threshold else 0
    return _nested(array, formatter(array), indent, edge)


def _nested(array: Any, form: Any, indent: int, edge: int) -> str:
    if not array.ndim:
        return form(array[()])
    if array.ndim == 1:
        return _vector(array, form, indent, edge)
    cut = edge and len(array) > 2 * edge
    chosen = [*array[:edge], *array[-edge:]] if cut else array
    parts = [_nested(part, form, indent + 1, edge) for part in chosen]
    if cut:
        parts.insert(edge, "...")
    return f"[{(',' + chr(10) * (array.ndim - 1) + ' ' * (indent + 1)).join(parts)}]"


def _vector(array: Any, form: Any, indent: int, edge: int) -> str:
    cut = edge and len(array) > 2 * edge
    items = [form(v) for v in ([*array[:edge], *array[-edge:]] if cut else array)]
    width = min(map(len, items), default=0)
    if cut:
        items.insert(edge, " ...")
    n = max(1, (in_force[0].linewidth - indent) // (width + 2))
    lines = [", ".join(items[i : i + n]) for i in range(0, len(items), n)]
    return f"[{(',' + chr(10) + ' ' * (indent + 1)).join(lines)}]"


def _appended(values: str, facts: list[str], indent: int) -> str:
    """The values and what is said of them behind, in a new line where it does not fit into the last."""
    column = len(values) - values.rfind("\n") + 1
    for fact in facts:
        if column + len(fact) + 2 > in_force[0].linewidth:
            values += ",\n" + " " * indent + fact
            column = indent + len(fact)
        else:
            values += f", {fact}"
            column += len(fact) + 2
    return values


def formatter(array: Any) -> Any:
    """Four decimals, none for whole numbers, the exponent form for wide ranges; all of one width."""
    options = in_force[0]
    if array.size > options.threshold:  # only the corners are printed
        k = options.edgeitems
        for axis, n in enumerate(array.shape):
            array = np.take(array, [*range(k), *range(n - k, n)] if n > 2 * k else range(n), axis)
    values = array.ravel()
    if not dtypes.is_floating(array.dtype):
        width = max((len(str(v)) for v in values.tolist()), default=0)
        return lambda v: str(v).rjust(width)
    finite = np.abs(values[np.isfinite(values)]).astype(np.float64)
    nonzero = finite[finite != 0]
    whole = bool((finite == np.floor(finite)).all())
    low, high = (nonzero.min(), nonzero.max()) if nonzero.size else (1.0, 1.0)
    exponent = high / low > 1000 or high > 1e8 or (low < 1e-4 and not whole)
    if exponent if options.sci_mode is None else options.sci_mode:
        form = f"{{:.{options.precision}e}}"
    else:
        form = "{:.0f}." if whole else f"{{:.{options.precision}f}}"

    def one(v: Any) -> str:
        return form.format(v) if np.isfinite(v) else str(float(v))

    width = max((len(one(v)) for v in values if v and np.isfinite(v)), default=0)
    return lambda v: one(v).rjust(width)
