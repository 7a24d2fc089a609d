"""Factorizations of matrices and what is made of them, under torch.linalg's names and signatures.

Matrices are the last two dimensions, those before them a batch. Integers, and matrices that are not square where they
have to be, raise RuntimeError.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..calculus import matrix_primitives as m
from ..calculus.refusals import without_derivative
from ..core import dtypes
from ..core.casting import as_given, in_32_bits, narrowed, widened
from ..core.engine import wrap
from ..core.forward import apply
from ..core.ops import OPS
from . import combined_products as cp
from . import matrix_functions as linalg
from .creation import zeros
from .grids_and_sequences import powers
from .joining import cat
from .products import matmul
from .reductions import floating, sum
from .return_types import shown_result
from .windows import diagonal as _diagonal
from .windows import tril, triu

if TYPE_CHECKING:
    from .tensor import Tensor


def _matrices(A: Tensor, name: str) -> Tensor:
    """A, in float32 under autocast, which must hold floating-point matrices.

    Raises RuntimeError, in the name of a function, if it does not.
    """
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions, got {A.ndim}")
    return widened(floating(A, name))[0]


def _constant(A: Tensor, value: Any, why: str) -> Tensor:
    """`value` as a tensor, which requires grad if A does, and has none because of what `why` says."""
    return apply(OPS[without_derivative], (A,), {"value": np.asarray(value), "why": why})


# -- eigenvalues and singular values ----------------------------------------------------------------------------------


class Eigen(NamedTuple):
    """Eigenvalues in ascending order, and the eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor

    def __repr__(self) -> str:
        return shown_result(self, "Eigen", "linalg_eigh")


def _symmetric(A: Tensor, UPLO: str, name: str) -> dict[str, str]:
    linalg.square(A, name)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return {"UPLO": UPLO.upper()}


def eigh(A: Tensor, UPLO: str = "L") -> Eigen:
    """The pair (eigenvalues, eigenvectors) of symmetric matrices (*, n, n), of which the triangle `UPLO` is read.

    The gradient of eigenvectors has a pole where eigenvalues are equal. Raises RuntimeError for any other `UPLO`.
    """
    both = apply(OPS[m.eigh], (A,), _symmetric(A, UPLO, "linalg.eigh"))
    return Eigen(both[..., 0, :], both[..., 1:, :])


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices (*, n, n), of which the triangle `UPLO` is read, in ascending order.

    Raises as `eigh`.
    """
    return apply(OPS[m.eigvalsh], (A,), _symmetric(A, UPLO, "linalg.eigvalsh"))


class SVD(NamedTuple):
    """The factors of a matrix U diag(S) Vh."""

    U: Tensor
    S: Tensor
    Vh: Tensor

    def __repr__(self) -> str:
        return shown_result(self, "SVD", "linalg_svd")


def svd(A: Tensor, full_matrices: bool = True) -> SVD:
    """The singular value decomposition A = U diag(S) Vh of matrices (*, m, n), the values largest first.

    U is (*, m, m) and Vh (*, n, n), with `full_matrices=False` (*, m, k) and (*, k, n), k the smaller of m and n. The
    gradient has a pole where singular values are equal; where A is not square, full matrices have none, and `backward`
    through them raises NotImplementedError.
    """
    A = _matrices(A, "linalg.svd")
    if full_matrices and A.shape[-1] != A.shape[-2]:
        U, _, Vh = np.linalg.svd(A._array)
        why = "linalg.svd of matrices that are not square needs full_matrices=False"
        return SVD(_constant(A, U, why), linalg.svdvals(A), _constant(A, Vh, why))
    return SVD(*m.parts_of_svd(apply(OPS[m.svd], (A,), {}), A.shape))


def matrix_rank(
    A: Tensor,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    hermitian: bool = False,
) -> Tensor:
    """How many singular values are larger than max(atol, rtol * the largest), as int64; `pinv` has the defaults."""
    s = np.linalg.svd(_matrices(A, "linalg.matrix_rank")._array, compute_uv=False)
    if rtol is None:
        rtol = 0.0 if atol is not None and atol > 0 else max(A.shape[-2:]) * float(dtypes.limits(A.dtype).eps)
    bound = np.maximum(atol or 0.0, rtol * s.max(-1, keepdims=True, initial=0))
    return wrap(np.asarray((s > bound).sum(-1), np.int64))


def cond(A: Tensor, p: linalg.Order | None = None) -> Tensor:
    """The condition number: the norm of A times that of its inverse; for p = None or 2 of the singular values.

    Raises RuntimeError for orders that are none of `matrix_norm`, and, unless p is None, 2 or -2, for matrices that
    are not square.
    """
    _matrices(A, "linalg.cond")
    if not A.numel():
        return zeros(A.shape[:-2], dtype=A.dtype)
    if p in (None, 2, -2):
        s = linalg.svdvals(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    linalg.square(A, "linalg.cond")
    return linalg.matrix_norm(A, p) * linalg.matrix_norm(linalg.inv(A), p)


# -- triangular factors and equations ---------------------------------------------------------------------------------


class QR(NamedTuple):
    """The factors of a matrix Q R."""

    Q: Tensor
    R: Tensor

    def __repr__(self) -> str:
        return shown_result(self, "QR", "linalg_qr")


def qr(A: Tensor, mode: Literal["reduced", "complete", "r"] = "reduced") -> QR:
    """A = Q R with orthonormal columns in Q and an upper triangular R, for matrices (*, m, n).

    "reduced": Q is (*, m, k) and R (*, k, n), k the smaller of m and n; "complete": (*, m, m) and (*, m, n), for m >
    n without gradient; "r": Q is empty, and R has no gradient. `backward` through these raises NotImplementedError.
    Raises RuntimeError for any other mode.
    """
    A = _matrices(A, "linalg.qr")
    rows, columns = A.shape[-2:]
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced', 'r', or 'complete'")
    if mode == "r":
        R = _constant(A, np.linalg.qr(A._array, "r"), "linalg.qr depends on Q, which mode='r' leaves out")
        return QR(wrap(np.empty(0, A.dtype)), R)
    if mode == "complete" and rows > columns:
        why = "linalg.qr of matrices higher than wide needs mode='reduced'"
        return QR(*(_constant(A, x, why) for x in np.linalg.qr(A._array, "complete")))
    if rows >= columns:
        both = apply(OPS[m.qr], (A,), {})
        return QR(both[..., :rows, :], both[..., rows:, :])
    left = qr(A[..., :rows])
    return QR(left.Q, cat([left.R, matmul(left.Q.mT, A[..., rows:])], -1))


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The X of A X = B for a triangular A (*, n, n), `upper` or lower, of which the other triangle is not read.

    With `left=False` the X of X A = B; with `unitriangular` the diagonal counts as ones. Raises LinAlgError where 0 is
    on the diagonal, RuntimeError for shapes that do not fit.
    """
    linalg.square(A, "linalg.solve_triangular")
    if B.ndim < 2:
        raise RuntimeError(f"linalg.solve_triangular: B must have at least 2 dimensions, got {B.ndim}")
    triangle = triu(A, int(unitriangular)) if upper else tril(A, -int(unitriangular))
    if unitriangular:
        triangle = triangle + wrap(np.eye(A.shape[-1], dtype=A.dtype))
    if not left:
        return apply(OPS[np.linalg.solve], (triangle.mT, B.mT), {}).mT
    return apply(OPS[np.linalg.solve], (triangle, B), {})


class LeastSquares(NamedTuple):
    """What `lstsq` found."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor

    def __repr__(self) -> str:
        return shown_result(self, "LeastSquares", "linalg_lstsq")


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """The X with the smallest |A X - B|, for A (*, m, n) and B (*, m, k) or, for one matrix or a batch, vectors.

    As in PyTorch the `driver` says what comes with it: "gelsy", the default, the rank; "gelsd" and "gelss" also the
    singular values and, where m > n and A has full rank, the `residuals`, sums of squares that are left; "gels" these
    alone. What does not come is empty. Raises RuntimeError for shapes that do not fit, or another driver.
    """
    if driver not in (None, "gelsy", "gelsd", "gels", "gelss"):
        raise RuntimeError(
            f"torch.linalg.lstsq: parameter `driver` should be gels, gelsy, gelsd or gelss, got {driver}"
        )
    A = _matrices(A, "linalg.lstsq")
    (B,) = widened(B)
    vector = B.ndim == A.ndim - 1 and B.shape == A.shape[:-1]
    given = B.unsqueeze(-1) if vector else B
    if given.ndim < 2 or given.shape[-2] != A.shape[-2]:
        raise RuntimeError(
            f"torch.linalg.lstsq: input.size(-2) should match other.size(-2), got {list(A.shape)} and {list(B.shape)}"
        )
    X = as_given(matmul, linalg.pinv(A, rtol=rcond), given)
    rank = matrix_rank(A, rtol=rcond)
    empty = wrap(np.empty(0, A.dtype))
    residuals = empty
    if driver in ("gels", "gelsd", "gelss") and A.shape[-2] > A.shape[-1] and (rank._data == A.shape[-1]).all():
        residuals = sum((as_given(matmul, A, X) - given) ** 2, -2)
    values = wrap(linalg.svdvals(A)._array) if driver in ("gelsd", "gelss") else empty
    rank = wrap(np.empty(0, np.int64)) if driver == "gels" else rank
    return LeastSquares(X.squeeze(-1) if vector else X, residuals, rank, values)


in_32_bits(
    np.linalg.inv, np.linalg.solve, np.linalg.det, np.linalg.cholesky, m.logabsdet, m.svdvals, m.eigvalsh, m.eigh,
    m.svd, m.qr, m.pinv,
)  # fmt: skip
# -- products ---------------------------------------------------------------------------------------------------------


def matrix_power(A: Tensor, n: int) -> Tensor:
    """The n-th power of square matrices (*, k, k), for n < 0 of their inverses.

    Raises LinAlgError where one is singular and n < 0.
    """
    return cp.matrix_power(A, n)


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of two or more matrices, in the order that takes the fewest multiplications.

    The first may be a vector, a row, and the last one, a column. Raises RuntimeError for fewer than two, or other
    shapes.
    """
    xs = list(tensors)
    if len(xs) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(xs)}")
    for i, x in enumerate(xs[1:-1], 1):
        if x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
    for i in (0, -1):
        if xs[i].ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the first and the last tensor must be 1D or 2D but got {xs[i].ndim}D")
    row, column = xs[0].ndim == 1, xs[-1].ndim == 1
    xs[0] = xs[0].unsqueeze(0) if row else xs[0]
    xs[-1] = xs[-1].unsqueeze(-1) if column else xs[-1]
    product = cp.multiplied(xs)
    product = product.squeeze(-1) if column else product
    return product.squeeze(0) if row else product


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross products of vectors of three components along `dim`; the other dimensions broadcast.

    Raises RuntimeError for other lengths, or different numbers of dimensions.
    """
    return cp.cross(input, other, dim)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The inner products of vectors along `dim`. Raises RuntimeError for shapes that do not broadcast, or integers."""
    x, y = narrowed(floating(x, "linalg.vecdot"), floating(y, "linalg.vecdot"))
    return np.vecdot(x, y) if dim == -1 and x.ndim and y.ndim else sum(x * y, dim)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, as the last dimension; a view."""
    return _diagonal(A, offset, dim1, dim2)


def vander(x: Tensor, N: int | None = None) -> Tensor:
    """The powers 0, 1, ... N - 1 of vectors (*, n), as a new last dimension; N = n by default.

    Raises RuntimeError for N < 2.
    """
    x = x if x.ndim else x.reshape(1)
    n = x.shape[-1] if N is None else N
    if n < 2 and N is not None:
        raise RuntimeError(f"linalg.vander: N must be greater than 1, got {N}")
    return powers(x, n)
