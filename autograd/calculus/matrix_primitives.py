"""What NumPy lacks of linear algebra, as functions of arrays whose last two axes hold matrices; rules in `rules.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.primitive import primitive
from ..core.shapes import Shape

Array = Any  # a NumPy array or scalar


@primitive
def logabsdet(x: Array) -> Array:
    """log |det x|."""
    return np.linalg.slogdet(x)[1]


@primitive
def svdvals(x: Array) -> Array:
    """The singular values of x, largest first."""
    return np.linalg.svd(x, compute_uv=False)


@primitive
def polar(x: Array, y: Array) -> Array:
    """U diag(y) V^T with U, V of the SVD of x: where a gradient y of the singular values goes."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return (u * y[..., None, :]) @ vh


@primitive
def polar_values(g: Array, x: Array) -> Array:
    """The diagonal of U^T g V, the gradient of polar by y."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    return np.einsum("...ia,...ij,...aj->...a", u, g, vh)


@primitive
def polar_pull(g: Array, x: Array, y: Array) -> Array:
    """The gradient of polar by x, from that of an SVD (Giles 2008); it has a pole where singular values coincide."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    v, gt = vh.swapaxes(-1, -2), g.swapaxes(-1, -2)
    gu, gv = g @ v * y[..., None, :], gt @ u * y[..., None, :]
    gaps = s[..., None, :] ** 2 - s[..., None] ** 2 + np.eye(s.shape[-1], dtype=x.dtype)
    ut, diag_s = u.swapaxes(-1, -2), s[..., None, :]
    a, b = ut @ gu, vh @ gv
    middle = (a - a.swapaxes(-1, -2)) / gaps * diag_s + s[..., None] * ((b - b.swapaxes(-1, -2)) / gaps)
    out = u @ middle @ vh
    out += (gu - u @ a) / diag_s @ vh
    return out + u @ ((gv - v @ b) / diag_s).swapaxes(-1, -2)


def einsum(xs: list[Array], subscripts: str) -> Array:
    return np.einsum(subscripts, *xs, optimize=planned(xs))


def planned(xs: Sequence[Array]) -> bool:
    """Whether an einsum is worth planning: by products of pairs, with BLAS, rather than in one loop."""
    return len(xs) > 2 or math.prod(math.prod(x.shape) for x in xs) > 1e6


# -- factorizations: each in one array, which the rules take apart --------------------------------------------------


@primitive
def eigvalsh(x: Array, UPLO: str = "L") -> Array:
    """The eigenvalues of the symmetric x, of which one triangle is read, in ascending order."""
    return np.linalg.eigvalsh(x, UPLO)  # type: ignore[call-overload]


@primitive
def eigh(x: Array, UPLO: str = "L") -> Array:
    """The eigenvalues of the symmetric x as a row, and below them the eigenvectors as columns."""
    w, v = np.linalg.eigh(x, UPLO)  # type: ignore[call-overload]
    return np.concatenate((w[..., None, :], v), -2)


@primitive
def svd(x: Array) -> Array:
    """U, S and V^T of the reduced SVD, written out one after the other in the last axis."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    flat = [a.reshape((*x.shape[:-2], a.shape[-2] * a.shape[-1])) for a in (u, vh)]
    return np.concatenate((flat[0], s, flat[1]), -1)


def parts_of_svd(out: Any, shape: Shape) -> tuple[Any, Any, Any]:
    """U, S and V^T of a matrix of that shape from what `svd` gave, or from its gradient: arrays or tensors."""
    *batch, m, n = shape
    k = min(m, n)
    return (
        out[..., : m * k].reshape((*batch, m, k)),
        out[..., m * k : m * k + k],
        out[..., m * k + k :].reshape((*batch, k, n)),
    )


@primitive
def qr(x: Array) -> Array:
    """Q of the reduced QR of x, which is not wider than high, and R below it."""
    return np.concatenate(np.linalg.qr(x), -2)


@primitive
def pinv(x: Array, atol: float = 0.0, rtol: float | None = None) -> Array:
    """The pseudo-inverse: of the singular values, those above max(atol, rtol * the largest) are inverted."""
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    rtol = max(x.shape[-2:]) * float(np.finfo(x.dtype).eps) if rtol is None else rtol
    large = s > np.maximum(atol, rtol * s.max(-1, keepdims=True, initial=0))
    inverse = np.where(large, 1 / np.where(large, s, 1), 0)
    return vh.swapaxes(-1, -2) @ (inverse[..., None] * u.swapaxes(-1, -2))
