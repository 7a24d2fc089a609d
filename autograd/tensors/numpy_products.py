"""NumPy's products on tensors, with NumPy's rules about dimensions, made of transpose, reshape and matmul."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.dtypes import result_type
from ..core.engine import wrap
from ..core.shapes import normalize_axes
from . import combined_products as cp
from . import matrix_functions as linalg
from . import products as mx
from . import shaping as sh
from .comparison import is_tensor
from .conversion import to
from .tensor_base import to_array

if TYPE_CHECKING:
    from .tensor import Tensor


def as_tensors(*xs: Any) -> list[Tensor]:
    """Every x as a tensor, of the dtype that NumPy gives it."""
    return [x if is_tensor(x) else wrap(to_array(np.asarray(x))) for x in xs]


def tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    a, b = as_tensors(a, b)
    if isinstance(axes, int):
        axes = range(a.ndim - axes, a.ndim), range(axes)
    summed = [(d,) if isinstance(d, int) else tuple(d) for d in axes]
    if any(len(d) > x.ndim for d, x in zip(summed, (a, b), strict=True)):
        raise ValueError(f"np.tensordot: there are no axes {summed} of the shapes {a.shape} and {b.shape}")
    first, second = (normalize_axes(d, x.ndim) if d else () for d, x in zip(summed, (a, b), strict=True))
    if [a.shape[d] for d in first] != [b.shape[d] for d in second]:
        raise ValueError(f"shape-mismatch for sum: axes {summed} of {a.shape} and {b.shape}")
    dtype = result_type(a, b)
    return cp.contracted(to(a, dtype), to(b, dtype), first, second)


def dot(a: Any, b: Any) -> Tensor:
    a, b = as_tensors(a, b)
    return tensordot(a, b, (-1, max(-2, -b.ndim))) if a.ndim and b.ndim else a * b


def inner(a: Any, b: Any) -> Tensor:
    a, b = as_tensors(a, b)
    return tensordot(a, b, (-1, -1)) if a.ndim and b.ndim else a * b


def outer(a: Any, b: Any) -> Tensor:
    return mx.outer(*map(sh.ravel, as_tensors(a, b)))


def kron(a: Any, b: Any) -> Tensor:
    return cp.kron(*as_tensors(a, b))


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = as_tensors(a, b)
    a, b = sh.movedim(a, axisa, -1), sh.movedim(b, axisb, -1)
    if a.shape[-1:] != (3,) or b.shape[-1:] != (3,):
        raise ValueError(f"np.cross: expected vectors of three components, got shapes {a.shape} and {b.shape}")
    return sh.movedim(cp.crossed(a, b, -1), -1, axisc)


def einsum(*operands: Any) -> Tensor:
    if isinstance(operands[0], str):
        return mx.einsum(operands[0], *as_tensors(*operands[1:]))
    given = [x if i % 2 or i == len(operands) - 1 else as_tensors(x)[0] for i, x in enumerate(operands)]
    return mx.einsum(*given)


def solve(a: Any, b: Any) -> Tensor:
    """Of more than one dimension b is matrices, also where torch would take it for vectors."""
    a, b = as_tensors(a, b)
    matrices = sh.reshape(b, (1,) * (a.ndim - b.ndim) + b.shape) if b.ndim > 1 else b
    return linalg.solve(a, matrices)
