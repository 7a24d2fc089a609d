"""Functions of matrices under the names that they had before torch.linalg, and in the forms they had then."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .creation import zeros
from .decompositions import QR
from .decompositions import qr as _qr
from .decompositions import svd as _svd
from .matrix_functions import svdvals
from .rarer_matrix_functions import matrix_exp as _matrix_exp

if TYPE_CHECKING:
    from .tensor import Tensor


def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of square matrices (*, n, n): `linalg.matrix_exp`. Raises RuntimeError for other shapes."""
    return _matrix_exp(input)


def qr(input: Tensor, some: bool = True) -> QR:
    """`linalg.qr(input)`, with `some=False` in the mode "complete". Raises as `linalg.qr`."""
    return _qr(input, "reduced" if some else "complete")


class OldSVD(NamedTuple):
    """The factors of a matrix U diag(S) Vᵀ: V has the right singular vectors as columns."""

    U: Tensor
    S: Tensor
    V: Tensor


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> OldSVD:
    """`linalg.svd(input, full_matrices=not some)`, with V where that has its transpose.

    With `compute_uv=False` U and V are zeros. Raises as `linalg.svd`.
    """
    if compute_uv:
        U, S, Vh = _svd(input, not some)
        return OldSVD(U, S, Vh.mT)
    *batch, m, n = input.shape
    U, V = zeros(*batch, m, m, dtype=input.dtype), zeros(*batch, n, n, dtype=input.dtype)
    return OldSVD(U, svdvals(input), V)
