"""The exponential of matrices, inverses of tensors, and forms that report a failure: names of torch.linalg."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.engine import wrap
from ..core.errors import LinAlgError
from ..core.sums import wide
from .choices import where
from .matrix_functions import cholesky, inv, solve, square
from .products import matmul

if TYPE_CHECKING:
    from .tensor import Tensor

# Of the Padé approximant of degree 13 to exp, and the norm up to which it is exact (Higham 2005).
PADE = (
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
)  # fmt: skip
LARGEST_NORM = 5.371920351148152


def matrix_exp(A: Tensor) -> Tensor:
    """The exponential of square matrices (*, n, n), by scaling and squaring (Higham 2005).

    It is exp(A / 2^s) squared s times, s so that the norm of A / 2^s is small. Raises RuntimeError for other shapes or
    dtypes.
    """
    square(A, "linalg.matrix_exp")
    if not A.numel():
        return A.clone()
    norms = np.abs(wide(A._data)).sum(-2).max(-1)[..., None, None]
    with np.errstate(all="ignore"):
        times = np.nan_to_num(np.maximum(np.ceil(np.log2(norms / LARGEST_NORM)), 0), posinf=0)
    E = _pade(A * wrap(np.asarray(0.5**times, A._data.dtype)))
    for i in range(int(times.max())):
        E = where(wrap(times > i), matmul(E, E), E)
    return E


def _pade(A: Tensor) -> Tensor:
    b = [c / PADE[0] for c in PADE]
    one = wrap(np.eye(A.shape[-1], dtype=A._data.dtype))
    A2 = matmul(A, A)
    A4 = matmul(A2, A2)
    A6 = matmul(A4, A2)
    odd = matmul(A6, b[13] * A6 + b[11] * A4 + b[9] * A2) + b[7] * A6 + b[5] * A4 + b[3] * A2 + b[1] * one
    even = matmul(A6, b[12] * A6 + b[10] * A4 + b[8] * A2) + b[6] * A6 + b[4] * A4 + b[2] * A2 + one
    U = matmul(A, odd)
    return solve(even - U, even + U)


# -- forms that report a failure --------------------------------------------------------------------------------------


class Inverse(NamedTuple):
    """Inverses, and for each matrix 0, or the number of columns of which the last depends on those before it."""

    inverse: Tensor
    info: Tensor


class Cholesky(NamedTuple):
    """Triangular factors, and for each matrix 0, or the size of its smallest corner that is not positive-definite."""

    L: Tensor
    info: Tensor


def inv_ex(A: Tensor, *, check_errors: bool = False) -> Inverse:
    """`inv`, which does not raise where a matrix is singular: its inverse is NaN, and `info` is not 0.

    With `check_errors` it raises LinAlgError after all. Raises RuntimeError as `inv`.
    """
    return Inverse(*_reported(inv, A, check_errors, lambda x, k: np.linalg.matrix_rank(x[:, :k]) == k))


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> Cholesky:
    """`cholesky`, which does not raise where a matrix is not positive-definite: the factor is NaN, and `info` not 0.

    With `check_errors` it raises LinAlgError after all. Raises RuntimeError as `cholesky`.
    """
    found = _reported(lambda x: cholesky(x, upper=upper), A, check_errors, lambda x, k: _definite(x[:k, :k]))
    return Cholesky(*found)


def _definite(corner: Any) -> bool:
    try:
        np.linalg.cholesky(corner)
    except np.linalg.LinAlgError:
        return False
    return True


def _reported(
    function: Callable[[Tensor], Tensor], A: Tensor, check_errors: bool, sound: Callable[[Any, int], bool]
) -> tuple[Tensor, Tensor]:
    """What a function gives of matrices, and for each the first k at which it is not `sound`, 0 if there is none."""
    info = np.zeros(A.shape[:-2], np.int32)
    try:
        return function(A), wrap(info)
    except LinAlgError:
        if check_errors:
            raise
    n = A.shape[-1]
    for at in np.ndindex(info.shape):
        info[at] = next((k for k in range(1, n + 1) if not sound(A._data[at], k)), 0)
    failed = wrap(info[..., None, None] > 0)
    one = wrap(np.eye(n, dtype=A._data.dtype))
    return where(failed, math.nan, function(where(failed, one, A))), wrap(info)


# -- tensors as matrices ----------------------------------------------------------------------------------------------


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of `A` as a map from its last dimensions to its first `ind`, whose sizes have one product.

    Raises RuntimeError for sizes that have not, or ind < 1; LinAlgError where the map is singular.
    """
    if ind < 1:
        raise RuntimeError(f"linalg.tensorinv: expected a strictly positive integer for 'ind', got {ind}")
    first, last = A.shape[:ind], A.shape[ind:]
    if math.prod(first) != math.prod(last):
        raise RuntimeError(
            "linalg.tensorinv: expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(last)} != {math.prod(first)}"
        )
    n = math.prod(first)
    return inv(A.reshape(n, n)).reshape(*last, *first)


def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """The X with tensordot(A, X, X.ndim) = B; the `dims` of A are moved to its end first.

    Raises RuntimeError unless the sizes of B have the same product as the rest of those of A; LinAlgError where there
    is no solution.
    """
    if dims is not None:
        A = A.movedim(tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    shape = A.shape[B.ndim :]
    n = math.prod(shape)
    if n * n != A.numel() or n != B.numel():
        raise RuntimeError(
            "linalg.tensorsolve: expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {list(A.shape)} and {list(B.shape)}"
        )
    return solve(A.reshape(n, n), B.reshape(-1)).reshape(shape)
