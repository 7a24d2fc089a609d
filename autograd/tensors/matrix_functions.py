"""Norms, inverses, determinants and factorizations of matrices, under torch.linalg's names and signatures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..calculus import matrix_primitives as m
from ..core.engine import wrap
from ..core.errors import LinAlgError
from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import Axes, normalize_axis
from ..core.sums import wide
from .conversion import floating, to
from .order import amax, amin
from .reductions import norm as _norm
from .return_types import shown_result

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "LinAlgError", "cholesky", "det", "inv", "matrix_norm", "norm", "pinv", "slogdet", "solve", "svdvals",
    "vector_norm",
]  # fmt: skip

Order = float | Literal["fro", "nuc"]


def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """(sum |x|^ord)^(1/ord) over `dim`, by default over everything; computed in `dtype`.

    inf and -inf: the largest and the smallest |x|; 0: how many x are not 0. Raises RuntimeError for integers without a
    `dtype`, IndexError for a dim that x does not have.
    """
    return _norm(x, ord, dim, keepdim, dtype, axis=axis, keepdims=keepdims)


def matrix_norm(
    A: Tensor,
    ord: Order = "fro",
    dim: tuple[int, int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Tensor:
    """A norm of the matrices in `dim`: "fro", "nuc", 2 and -2 (of singular values), 1, -1, inf and -inf (of sums of
    |A|).

    1 is the largest sum of a column, inf of a row, and -1 and -inf are the smallest. Computed in `dtype`. Norms of
    singular values have two derivatives. Raises RuntimeError for any other order, or fewer than two dimensions.
    """
    A = A if dtype is None else to(A, dtype)
    if A.ndim < 2:
        raise RuntimeError(f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions, got {A.shape}")
    rows, columns = (normalize_axis(d, A.ndim) for d in dim)
    if ord == "fro":
        return _norm(A, 2, (rows, columns), keepdim)
    moved = A.movedim((rows, columns), (-2, -1))
    if not A.numel() and ord in ("nuc", 1, 2, math.inf):
        result = moved.sum((-2, -1)) if ord in ("nuc", 2) else moved.detach().sum((-2, -1))
    elif ord in (1, -1, math.inf, -math.inf):
        sums = moved.abs().sum(-2 if abs(ord) == 1 else -1)
        result = (amax if ord > 0 else amin)(sums, -1)
    elif ord in ("nuc", 2, -2):
        s = svdvals(moved)
        result = s.sum(-1) if ord == "nuc" else (amax if ord > 0 else amin)(s, -1)
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported: 'fro', 'nuc', 1, -1, 2, -2, inf or -inf")
    if keepdim:
        for d in sorted((rows, columns)):
            result = result.unsqueeze(d)
    return result


def norm(
    input: Tensor,
    ord: Order | None = None,
    dim: Axes = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Axes = None,
    keepdims: bool = False,
) -> Tensor:
    """The vector norm of everything (no `ord`) or over one dim; the matrix norm over two, or of a matrix with `ord`.

    Raises RuntimeError for an `ord` without a `dim` in other than one or two dimensions, and as `vector_norm` and
    `matrix_norm`.
    """
    A = input if dtype is None else to(input, dtype)
    dim, keepdim = axis if dim is None else dim, keepdim or keepdims
    if ord is None:
        return _norm(A, 2, dim, keepdim)
    if isinstance(dim, int) or (dim is not None and len(dim) == 1) or (dim is None and A.ndim == 1):
        if isinstance(ord, str):
            raise RuntimeError(f"linalg.norm: the order {ord!r} is that of a matrix: expected a dim of two, got {dim}")
        return vector_norm(A, ord, dim, keepdim)
    if dim is None and A.ndim != 2:
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    return matrix_norm(A, ord, (-2, -1) if dim is None else tuple(dim), keepdim)  # type: ignore[arg-type]


def square(A: Tensor, name: str) -> tuple[Tensor]:
    floating(A, name)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but got shape {list(A.shape)}")
    return (A,)


def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices (*, n, n).

    Raises LinAlgError where one is singular, RuntimeError for other shapes or dtypes.
    """
    return apply(OPS[np.linalg.inv], square(A, "linalg.inv"), {})


def pinv(
    A: Tensor,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    hermitian: bool = False,
) -> Tensor:
    """The pseudo-inverse (*, n, m) of matrices (*, m, n).

    Singular values up to max(atol, rtol * the largest) count as 0; rtol is max(m, n) * eps unless one of the two is
    given. `hermitian` says that A is symmetric, and has no effect.
    """
    if A.ndim < 2:
        raise RuntimeError(f"linalg.pinv: The input tensor A must have at least 2 dimensions, got {A.ndim}")
    rtol = 0.0 if rtol is None and atol is not None and atol > 0 else rtol
    options = {"atol": 0.0 if atol is None else atol, "rtol": rtol}
    return apply(OPS[m.pinv], (floating(A, "linalg.pinv"),), options)


def det(A: Tensor) -> Tensor:
    """The determinant of square matrices (*, n, n). Raises RuntimeError for other shapes or dtypes."""
    return apply(OPS[np.linalg.det], square(A, "linalg.det"), {})


class SignAndLog(NamedTuple):
    """The sign of a determinant and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor

    def __repr__(self) -> str:
        return shown_result(self, "SignAndLog", "linalg_slogdet")


def slogdet(A: Tensor) -> SignAndLog:
    """The pair (sign, log |det|) of square matrices (*, n, n), without overflow. Raises RuntimeError as `det`."""
    return SignAndLog(
        wrap(np.linalg.slogdet(wide(square(A, "linalg.slogdet")[0]._data))[0].astype(A._data.dtype)),
        apply(OPS[m.logabsdet], (A,), {}),
    )


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X of A X = B for square A (*, n, n) and B (*, n, k) or, as vectors, (*, n).

    With `left=False` the X of X A = B, for B (*, k, n). Raises LinAlgError where A is singular, RuntimeError for shapes
    that do not fit.
    """
    square(A, "linalg.solve")
    if not left:
        return solve(A.mT, B.mT).mT
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    X = apply(OPS[np.linalg.solve], (A, B.unsqueeze(-1) if vector else B), {})
    return X.squeeze(-1) if vector else X


def cholesky(input: Tensor, *, upper: bool = False) -> Tensor:
    """The triangular L, lower or `upper`, of input = L L^T for symmetric positive-definite matrices (*, n, n).

    Its derivative is that of Murray, "Differentiation of the Cholesky decomposition" (2016). Raises LinAlgError where a
    matrix is not positive-definite, RuntimeError for other shapes or dtypes.
    """
    L = apply(OPS[np.linalg.cholesky], square(input, "linalg.cholesky"), {})
    return L.mT if upper else L


def svdvals(A: Tensor) -> Tensor:
    """The singular values of matrices (*, m, n), largest first. They have two derivatives (Giles 2008).

    Raises RuntimeError for integers, LinAlgError for fewer than two dimensions.
    """
    return apply(OPS[m.svdvals], (floating(A, "linalg.svdvals"),), {})
