"""The second page of the table of `rules.py`: the derivatives of what is needed less often. It reads as the first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.narrow_blocks import elementwise
from ..core.ops import define
from ..core.promotion import moves
from . import matrix_primitives as m
from . import primitives as p
from . import scatter_primitives as sc
from . import special
from .refusals import without_derivative
from .rules import mT

# -- functions of numbers ---------------------------------------------------------------------------------------------

PI = math.pi


def sinc_dx(g: Any, x: Any) -> Any:
    """g (cos(pi x) - sinc x) / x; 0 at 0."""
    z = PI * x
    return np.where(x == 0, 0, g * ((np.cos(z) * z - np.sin(z)) / (z * x)))


define(np.logaddexp2, lambda g, x, y: g / (1 + np.exp2(y - x)), lambda g, x, y: g / (1 + np.exp2(x - y)))
define(np.copysign, lambda g, x, out: np.where(x == 0, 0, g * (out / x)), lambda g: np.zeros_like(g))
define(np.sinc, sinc_dx)
define(special.erfinv, lambda g, out: g * (math.sqrt(PI) / 2 * np.exp(out * out)))
define(special.lgamma, lambda g, x: g * special.polygamma(x, 0))
define(special.polygamma, lambda g, x, n: g * special.polygamma(x, n + 1))

# -- scatters and a scan ----------------------------------------------------------------------------------------------


def share(g: Any, x: Any, y: Any, out: Any, index: Any) -> Any:
    """g, divided by how many of x and of the y at a place equal the extremum there."""
    ties = (y == p.getitem(out, index)).astype(g.dtype)
    return g / ((x == out) + p.put(ties, index, x.shape))


def extremum_dy(g: Any, x: Any, y: Any, out: Any, index: Any) -> Any:
    """g / ties, for each y that equals the extremum at its place."""
    return p.getitem(share(g, x, y, out, index), index) * (y == p.getitem(out, index))


def others(x: Any, y: Any, index: Any) -> tuple[Any, Any]:
    """At each place the product of all factors that are not 0, and how many are 0."""
    zeros = (x == 0) + p.put((y == 0).astype(np.int64), index, x.shape)
    return sc.scatter_product(np.where(x == 0, 1, x), np.where(y == 0, 1, y), index), zeros


def product_dx(g: Any, x: Any, y: Any, index: Any) -> Any:
    """g times the product of the y at each place."""
    return g * sc.scatter_product(np.ones_like(x), y, index)


def product_dy(g: Any, x: Any, y: Any, index: Any) -> Any:
    """g times the product of the other factors: that of all divided by y, or 0 where another one is 0."""
    product, zeros = others(x, y, index)
    alone = p.getitem(zeros, index) == (y == 0)
    return np.where(alone, p.getitem(g * product, index) / np.where(y == 0, 1, y), 0)


def logcumsumexp_dx(g: Any, x: Any, out: Any, axis: int) -> Any:
    """sum over j >= i of g_j exp(x_i - out_j), in logarithms, for the g above 0 and those below by themselves."""
    if not g.ndim:
        return g

    def part(some: Any, g: Any) -> Any:
        logs = np.where(some, np.log(np.where(some, g, 1)) - out, -math.inf)
        return np.exp(np.flip(sc.logcumsumexp(np.flip(logs, axis), axis), axis) + x)

    return part(g > 0, g) - part(g < 0, -g)


define(
    sc.scatter_extremum,
    lambda g, x, y, out, index: share(g, x, y, out, index) * (x == out),
    extremum_dy,
)
define(sc.scatter_product, product_dx, product_dy)
define(sc.logcumsumexp, logcumsumexp_dx)

# -- linear algebra ---------------------------------------------------------------------------------------------------


def times_rows(g: Any, x: Any) -> Any:
    """Each number of g times its row of x."""
    return g[..., None] * x


def eigh_dx(g: Any, out: Any) -> Any:
    """V (diag(gw) + V^T gV / (w_j - w_i)) V^T: where two eigenvalues are equal, V has a pole (Giles 2008)."""
    w, v, gw, gv = out[..., 0, :], out[..., 1:, :], g[..., 0, :], g[..., 1:, :]
    eye = np.eye(w.shape[-1], dtype=bool)
    turn = mT(v) @ gv
    gaps = w[..., None, :] - w[..., None]
    middle = np.where(eye | (turn == 0), 0, turn / np.where(eye, 1, gaps))
    return v @ (middle + np.where(eye, gw[..., None, :], 0)) @ mT(v)


def eigvalsh_dx(g: Any, x: Any, UPLO: str) -> Any:
    """V diag(g) V^T."""
    v = m.eigh(x, UPLO)[..., 1:, :]
    return (v * g[..., None, :]) @ mT(v)


def svd_dx(g: Any, x_shape: Any, out: Any) -> Any:
    """U (skew(U^T gU) / E S + S skew(V^T gV) / E + diag(gS)) V^T, with E = s_j^2 - s_i^2, and what leaves the spans.

    U and V have a pole where two singular values are equal, or one is 0 (Giles 2008).
    """
    (u, s, vh), (gu, gs, gvh) = m.parts_of_svd(out, x_shape), m.parts_of_svd(g, x_shape)
    rows, k, columns = x_shape[-2], s.shape[-1], x_shape[-1]
    eye = np.eye(k, dtype=bool)
    e = s[..., None, :] ** 2 - s[..., None] ** 2

    def over_gaps(a: Any) -> Any:
        skew = a - mT(a)
        return np.where(eye | (skew == 0), 0, skew / np.where(eye, 1, e))

    middle = over_gaps(mT(u) @ gu) * s[..., None, :] + s[..., None] * over_gaps(vh @ mT(gvh))
    middle = middle + np.where(eye, gs[..., None, :], 0)
    r = u @ middle @ vh
    if rows > k and (gu != 0).any():
        r = r + ((gu - u @ (mT(u) @ gu)) / s[..., None, :]) @ vh
    if columns > k and (gvh != 0).any():
        r = r + u @ ((gvh - (gvh @ mT(vh)) @ vh) / s[..., None])
    return r


def qr_dx(g: Any, x_shape: Any, out: Any) -> Any:
    """(gQ + Q sym(triu(gR R^T - Q^T gQ))) R^-T; sym is a + a^T with half of the diagonal."""
    n = x_shape[-2]
    q, r, gq, gr = out[..., :n, :], out[..., n:, :], g[..., :n, :], g[..., n:, :]
    a = np.triu(gr @ mT(r) - mT(q) @ gq)
    a = a + mT(a) - a * np.eye(a.shape[-1], dtype=a.dtype)
    return mT(np.linalg.solve(r, mT(gq + q @ a)))


def pinv_dx(g: Any, x: Any, out: Any) -> Any:
    """-P^T g P^T + (I - x P) g^T P P^T + P^T P g^T (I - P x), while the rank stays (Golub and Pereyra 1973)."""
    right, left = mT(g) @ (out @ mT(out)), (mT(out) @ out) @ mT(g)
    return -(mT(out) @ g @ mT(out)) + (right - x @ (out @ right)) + (left - (left @ out) @ x)


define(np.vecdot, lambda g, y: times_rows(g, y), lambda g, x: times_rows(g, x))
define(m.eigvalsh, eigvalsh_dx)
define(m.eigh, eigh_dx)
define(m.svd, svd_dx)
define(m.qr, qr_dx)
define(m.pinv, pinv_dx)

# -- what only puts values elsewhere, which 16 bits need no rounding for ----------------------------------------------

moves(np.broadcast_to, np.concatenate, np.copy, np.flip, np.reshape, np.roll, np.stack, np.tile, np.transpose)
moves(np.tril, np.triu, p.cast, p.diagonal, p.embed_diagonal, p.getitem, p.pad, p.replace, p.windows)
moves(without_derivative)

# -- what works element by element, besides NumPy's ufuncs ------------------------------------------------------------

elementwise(p.relu, p.keep, p.sigmoid, p.rsqrt, p.erf, p.erfc, p.sign, np.where, np.clip)
