"""The table: every derivative this library knows, one line per op, one rule per input.

A rule is plain NumPy. It is given g = dL/dout and what it names: `out`, the inputs x, y, z, w in their order,
`x_shape`, or an option of the op. On arrays it computes a gradient; on tensors it records itself, which is how
derivatives of any order come from the same line. Where broadcasting repeated an input the engine sums the rule's
result, and gives it the input's dtype; so a rule writes neither.

At a kink, a tie or a pole the rule does what PyTorch does, and its line says so.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..core.ops import NUMBERS, define
from ..core.shapes import count, inverse_permutation, kept, normalize_axes
from . import matrix_primitives as m
from . import primitives as p

# -- arithmetic -------------------------------------------------------------------------------------------------------


def power_dx(g: Any, x: Any, y: Any) -> Any:
    """g y x^(y-1); 0 where y = 0, whatever x is."""
    if y.__class__ in NUMBERS:
        return g * (2 * x) if y == 2 else np.zeros_like(g) if y == 0 else g * (y * p.power(x, y - 1))
    return np.where(y == 0, 0, g * (y * x ** (y - 1)))


def power_dy(g: Any, x: Any, y: Any, out: Any) -> Any:
    """g x^y log x; 0 where x = 0 and y >= 0."""
    return np.where((x == 0) & (y >= 0), 0, g * (out * np.log(x)))


def half(g: Any, lost: Any, tied: Any) -> Any:
    """g, but 0 where the other input was taken, and half of it at a tie."""
    return np.where(tied, g / 2, p.keep(g, ~lost))


def angle(g: Any, x: Any, y: Any) -> Any:
    """g x / (x^2 + y^2); 0 at the origin."""
    r = x * x + y * y
    return g * (x / np.where(r == 0, math.inf, r))


define(np.add, lambda g: g, lambda g: g, forward=operator.add)
define(np.subtract, lambda g: g, lambda g: -g, forward=operator.sub)
define(np.multiply, lambda g, y: g * y, lambda g, x: g * x, forward=operator.mul)
define(np.divide, lambda g, y: g / y, lambda g, y, out: -g * out / y, forward=operator.truediv)
define(np.power, power_dx, power_dy, forward=p.power)
define(np.negative, lambda g: -g, forward=operator.neg)
define(np.square, lambda g, x: g * (2 * x))
define(np.reciprocal, lambda g, out: -g * out * out, forward=lambda x: 1 / x)
define(np.remainder, lambda g: g, lambda g, x, y: -g * np.floor_divide(x, y), forward=p.remainder)
define(np.fmod, lambda g: g, lambda g, x, y: -g * np.trunc(x / y), forward=p.fmod)
define(np.maximum, lambda g, x, y: half(g, x < y, x == y), lambda g, x, y: half(g, y < x, x == y))
define(np.minimum, lambda g, x, y: half(g, x > y, x == y), lambda g, x, y: half(g, y > x, x == y))
define(np.hypot, lambda g, x, out: g * (x / out), lambda g, y, out: g * (y / out))
define(np.arctan2, lambda g, x, y: angle(g, y, x), lambda g, x, y: -angle(g, x, y))
define(np.logaddexp, lambda g, x, y: g / (1 + np.exp(y - x)), lambda g, x, y: g / (1 + np.exp(x - y)))
define(p.xlogy, lambda g, x, y: np.where((x == 0) & (y <= 0), 0, p.xlogy(g, y)), lambda g, x, y: g * x / y)
define(p.lerp, lambda g, z: g * (1 - z), lambda g, z: g * z, lambda g, x, y: g * (y - x))
define(p.addcmul, lambda g: g, lambda g, z, value: g * (value * z), lambda g, y, value: g * (value * y))

# -- functions of one number ------------------------------------------------------------------------------------------


def logit_dx(g: Any, x: Any, eps: Any) -> Any:
    """g / (x (1 - x)); NaN outside [0, 1], or 0 where x was clamped."""
    low, high, outside = (0, 1, math.nan) if eps is None else (eps, 1 - eps, 0)
    return np.where((x < low) | (x > high), outside, g / abs(x * (1 - x)))


define(np.exp, lambda g, out: g * out)
define(np.exp2, lambda g, out: g * (out * math.log(2)))
define(np.expm1, lambda g, out: g * (out + 1))
define(np.log, lambda g, x: g / x)
define(np.log2, lambda g, x: g / (x * math.log(2)))
define(np.log10, lambda g, x: g / (x * math.log(10)))
define(np.log1p, lambda g, x: g / (x + 1))
define(np.sqrt, lambda g, out: g / (2 * out))
define(np.cbrt, lambda g, out: g / (3 * out * out))
define(p.rsqrt, lambda g, out: g * (-0.5 * p.power(out, 3)))
define(np.absolute, lambda g, x: g * p.sign(x))  # 0 at 0
define(np.sin, lambda g, x: g * np.cos(x))
define(np.cos, lambda g, x: g * -np.sin(x))
define(np.tan, lambda g, out: g * (1 + out * out))
define(np.arcsin, lambda g, x: g * p.rsqrt(1 - x * x))
define(np.arccos, lambda g, x: g * -p.rsqrt(1 - x * x))
define(np.arctan, lambda g, x: g / (x * x + 1))
define(np.sinh, lambda g, x: g * np.cosh(x))
define(np.cosh, lambda g, x: g * np.sinh(x))
define(np.tanh, lambda g, out: g * (1 - out * out))
define(np.arcsinh, lambda g, x: g * p.rsqrt(x * x + 1))
define(np.arccosh, lambda g, x: g * p.rsqrt(x * x - 1))
define(np.arctanh, lambda g, x: g / (1 - x * x))
define(p.sigmoid, lambda g, out: g * (out * (1 - out)))
define(p.logit, logit_dx)
define(p.erf, lambda g, x: g * (2 / math.sqrt(math.pi) * np.exp(-x * x)))
define(p.erfc, lambda g, x: g * (-2 / math.sqrt(math.pi) * np.exp(-x * x)))
define(p.relu, lambda g, out: p.keep(g, out != 0))  # 0 at 0
define(p.keep, lambda g, y: p.keep(g, y), None)

# -- choices ----------------------------------------------------------------------------------------------------------


define(np.where, None, lambda g, x: p.keep(g, x), lambda g, x: p.keep(g, ~x), forward=p.where)
define(
    np.clip,  # the bounds y and z, which may be None, belong to the range
    lambda g, x, y, z: p.keep(g, (y is None or x >= y) & (z is None or x <= z)),
    lambda g, x, y, z: p.keep(g, (x < y) & (z is None or y < z)),
    lambda g, x, y, z: p.keep(g, (x > z) | (y is not None and y > z)),
    forward=p.clip,
)
define(np.nan_to_num, lambda g, x: p.keep(g, np.isfinite(x)), forward=p.nan_to_num)

# -- reductions -------------------------------------------------------------------------------------------------------


def spread(g: Any, shape: Any, axis: Any, keepdims: bool) -> Any:
    """A reduction's gradient, shown to every element that went into it."""
    return np.broadcast_to(restore(g, shape, axis, keepdims), shape)


def restore(r: Any, shape: Any, axis: Any, keepdims: bool) -> Any:
    """The result of a reduction with its reduced axes put back, of length 1."""
    return r if keepdims else r.reshape(kept(shape, axis))


def extremum_dx(g: Any, x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    """g spread evenly over the elements that equal the extremum (or are NaN when it is)."""
    best = restore(out, x.shape, axis, keepdims)
    ties = (x == best) | ((x != x) & (best != best)) if axis is None else x == best
    share = restore(g, x.shape, axis, keepdims) / ties.sum(axis, keepdims=True)
    return p.keep(share, ties) if axis is None else share * ties


def prod_dx(g: Any, x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    """g out / x, the product of the others; by running products from both sides where some x is 0."""
    g = restore(g, x.shape, axis, keepdims)
    if (x != 0).all():
        return g * (restore(out, x.shape, axis, keepdims) / x)
    axes = normalize_axes(axis, x.ndim)
    order = (*(a for a in range(x.ndim) if a not in axes), *axes)
    rows = np.transpose(x, order)
    shape, lead = rows.shape, rows.shape[: x.ndim - len(axes)]
    rows = rows.reshape((*lead, count(x.shape, axis)))
    one = np.ones((*lead, 1), x.dtype)
    before = np.cumprod(np.concatenate((one, rows[..., :-1]), -1), -1)
    after = np.flip(np.cumprod(np.concatenate((one, np.flip(rows, -1)[..., :-1]), -1), -1), -1)
    return g * np.transpose((before * after).reshape(shape), inverse_permutation(order))


def cumprod_dx(g: Any, x: Any, out: Any, axis: int) -> Any:
    """sum over j >= i of g_j out_j / x_i; where some x is 0, by the products that leave x_i out, one for each i, j."""
    if x.ndim == 0:
        return g
    if (x != 0).all():
        return p.sums_from_the_end(g * out, axis) / x
    x, g = np.moveaxis(x, axis, -1), np.moveaxis(g, axis, -1)
    n = x.shape[-1]
    products = np.cumprod(np.where(np.eye(n, dtype=bool), 1, x[..., None, :]), -1)
    return np.moveaxis((np.triu(products) * g[..., None, :]).sum(-1), -1, axis)


def var_dx(g: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    """2 g (x - mean x) / (n - ddof)."""
    n = count(x.shape, axis)
    g, d = restore(g, x.shape, axis, keepdims), x - p.summed(x, axis, keepdims=True) / (n or math.nan)
    if n <= ddof and axis is None:
        return g * np.where(d == 0, math.nan, math.inf)
    return g * (2 / (n - ddof) if n > ddof else math.inf) * d


def std_dx(g: Any, x: Any, out: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    """g (x - mean x) / ((n - ddof) std); 0 where std = 0."""
    return var_dx(np.where(out == 0, 0, g / (2 * out)), x, axis, ddof, keepdims)


def vector_norm_dx(g: Any, x: Any, out: Any, ord: float, axis: Any, keepdims: bool) -> Any:
    """g x |x|^(ord-2) / out^(ord-1); 0 where out = 0, or x = 0 for ord < 1; infinity norms spread over their ties."""
    g, out = restore(g, x.shape, axis, keepdims), restore(out, x.shape, axis, keepdims)
    if ord == 1:
        return g * p.sign(x)
    if ord == 0:
        return g * 0 * (x == x)
    if math.isinf(ord):
        ties = (abs(x) == out) | ((x != x) & (out != out))
        return g * p.sign(x) * ties / ties.sum(axis, keepdims=True)
    if ord < 1:
        return np.where(x == 0, 0, p.sign(x) * p.power(abs(x), ord - 1)) * (g * p.power(out, 1 - ord))
    scale = g / p.power(np.where(out == 0, math.inf, out), ord - 1)
    return x * scale if ord == 2 else p.sign(x) * p.power(abs(x), ord - 1) * scale


def logsumexp_dx(g: Any, x: Any, out: Any, axis: Any, keepdims: bool) -> Any:
    """g exp(x - out)."""
    return restore(g, x.shape, axis, keepdims) * np.exp(x - restore(out, x.shape, axis, keepdims))


define(np.sum, lambda g, x_shape, axis, keepdims: spread(g, x_shape, axis, keepdims), forward=p.sum)
define(
    np.mean,
    lambda g, x_shape, axis, keepdims: spread(g / (count(x_shape, axis) or math.nan), x_shape, axis, keepdims),
    forward=p.mean,
)
define(np.prod, prod_dx, forward=p.prod)
define(np.max, extremum_dx, forward=p.max)
define(np.min, extremum_dx, forward=p.min)
define(np.var, var_dx, forward=p.var)
define(np.std, std_dx, forward=p.std)
define(p.vector_norm, vector_norm_dx)
define(np.cumsum, lambda g, axis: p.sums_from_the_end(g, axis) if g.ndim else g, forward=p.cumsum)
define(np.cumprod, cumprod_dx, forward=p.cumprod)
define(p.logsumexp, logsumexp_dx)
define(p.softmax, lambda g, out, axis: out * (g - p.inner(g, out, axis)))
define(p.log_softmax, lambda g, out, axis: g - np.exp(out) * p.summed(g, axis, keepdims=True))

# -- shape and index --------------------------------------------------------------------------------------------------


def untile(g: Any, shape: Any, reps: Any) -> Any:
    """The sum of the copies."""
    shape = (1,) * (len(reps) - len(shape)) + tuple(shape)
    reps = (1,) * (len(shape) - len(reps)) + tuple(reps)
    parts = g.reshape([n for pair in zip(reps, shape, strict=True) for n in pair])
    return p.summed(parts, tuple(range(0, parts.ndim, 2)))


def cut(g: Any, i: int, shapes: Any, axis: int) -> Any:
    """The i-th part of what concatenate joined."""
    start = sum(s[axis] for s in shapes[:i])
    return g[(slice(None),) * (axis % g.ndim) + (slice(start, start + shapes[i][axis]),)]


define(np.copy, lambda g: g, forward=lambda x: x.copy())
define(p.cast, lambda g: g, name="to")
define(np.reshape, lambda g, x_shape: g.reshape(x_shape), forward=lambda x, shape: x.reshape(shape))
define(
    np.transpose,
    lambda g, axes: np.transpose(g, inverse_permutation(axes)),
    forward=lambda x, axes: x.transpose(axes),
)
define(np.broadcast_to, lambda g: g, forward=p.expand)
define(np.tile, lambda g, x_shape, reps: untile(g, x_shape, reps), forward=lambda x, reps: np.tile(x, reps))
define(np.flip, lambda g, axis: np.flip(g, axis), forward=p.flip)
define(np.roll, lambda g, shift, axis: np.roll(g, tuple(-s for s in shift), axis), forward=p.roll)
define(
    np.concatenate,
    lambda g, i, xs_shape, axis: cut(g, i, xs_shape, axis),
    variadic=True,
    forward=lambda xs, axis=0: np.concatenate(xs, axis),
)
define(np.stack, lambda g, i, axis: g[(slice(None),) * (axis % g.ndim) + (i,)], variadic=True, forward=p.stack)
define(p.getitem, lambda g, x_shape, index: p.put(g, index, x_shape), name="index")
define(p.put, lambda g, index: p.getitem(g, index))
define(p.replace, lambda g, index: p.replace(g, 0, index), lambda g, index: p.getitem(g, index))
define(np.tril, lambda g, k: np.tril(g, k), forward=p.tril)
define(np.triu, lambda g, k: np.triu(g, k), forward=p.triu)
define(p.diagonal, lambda g, x_shape, offset, axis1, axis2: p.embed_diagonal(g, x_shape, offset, axis1, axis2))
define(p.embed_diagonal, lambda g, offset, axis1, axis2: p.diagonal(g, offset, axis1, axis2))
define(p.pad, lambda g, widths: p.pad(g, [(-lo, -hi) for lo, hi in widths]))
define(p.windows, lambda g, x_shape, step, dilation: p.fold_windows(g, x_shape, step, dilation))
define(p.fold_windows, lambda g, x_shape, step, dilation: p.windows(g, x_shape[-len(step) :], step, dilation))

# -- linear algebra ---------------------------------------------------------------------------------------------------


def mT(x: Any) -> Any:
    """x with its last two axes exchanged."""
    return x.T if x.ndim == 2 else x.swapaxes(-1, -2)


def matmul_dx(g: Any, x_shape: Any, y: Any) -> Any:
    """g y^T."""
    if y.ndim == 1:
        return g[..., None] * y
    if len(x_shape) == 1:
        return (y @ g[..., None])[..., 0]
    return g @ mT(y)


def matmul_dy(g: Any, x: Any, y_shape: Any) -> Any:
    """x^T g."""
    if x.ndim == 1:
        return x * g if len(y_shape) == 1 else x[:, None] * g[..., None, :]
    if len(y_shape) == 1:
        return (mT(x) @ g[..., None])[..., 0]
    return mT(x) @ g


def einsum_dx(g: Any, i: int, others: Any, xs_shape: Any, subscripts: str) -> Any:
    """The einsum with g in the place of its i-th operand; an index that only this operand has was summed over."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    mine, theirs = terms[i], [t for j, t in enumerate(terms) if j != i]
    known = [c for c in mine if c in output or any(c in t for t in theirs)]
    equation = f"{','.join([output, *theirs])}->{''.join(known)}"
    r = np.einsum(equation, g, *others, optimize=m.planned([g, *others]))
    return np.broadcast_to(
        r[tuple(slice(None) if c in known else None for c in mine)],
        [max(n, r.shape[known.index(c)]) if c in known else n for c, n in zip(mine, xs_shape[i], strict=True)],
    )


def cholesky_dx(g: Any, out: Any) -> Any:
    """L^-T phi(L^T g) L^-1, symmetrized; phi takes the lower triangle, and half of the diagonal (Murray 2016)."""
    s = np.tril(mT(out) @ g)
    s = s - 0.5 * s * np.eye(s.shape[-1], dtype=s.dtype)
    inverse = np.linalg.inv(out)
    s = mT(inverse) @ s @ inverse
    return 0.5 * (s + mT(s))


def det_dx(g: Any, x: Any, out: Any) -> Any:
    """g det(x) x^-T; the matrix of cofactors in its place, from the minors, where x is singular."""
    g, out = g[..., None, None], out[..., None, None]
    return g * out * mT(np.linalg.inv(x)) if (out != 0).all() else g * cofactors(x)


def cofactors(x: Any) -> Any:
    """The signed determinants of x without row i and column j."""
    n = x.shape[-1]
    others = np.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, n - 1)
    minors = x[..., others[:, None, :, None], others[None, :, None, :]]
    sign = (-1.0) ** (np.arange(n)[:, None] + np.arange(n))
    return np.linalg.det(minors) * sign.astype(x.dtype)


def logabsdet_dx(g: Any, x: Any, out: Any) -> Any:
    """g x^-T; where x is singular, g cofactors / 0."""
    g = g[..., None, None]
    return g * (mT(np.linalg.inv(x)) if (out > -math.inf).all() else cofactors(x) / np.linalg.det(x)[..., None, None])


def no_rule(g: Any) -> Any:
    """No derivative of order three: singular values have two here."""
    raise NotImplementedError("singular values (svdvals, nuclear and spectral norms) have no third derivative here")


define(np.matmul, matmul_dx, matmul_dy, forward=operator.matmul)
define(np.einsum, einsum_dx, variadic=True, forward=m.einsum)
define(np.linalg.inv, lambda g, out: -(mT(out) @ g @ mT(out)))
define(
    np.linalg.solve,
    lambda g, x, out: -(np.linalg.solve(mT(x), g) @ mT(out)),
    lambda g, x: np.linalg.solve(mT(x), g),
)
define(np.linalg.det, det_dx)
define(m.logabsdet, logabsdet_dx)
define(np.linalg.cholesky, cholesky_dx)
define(m.svdvals, lambda g, x: m.polar(x, g))
define(m.polar, lambda g, x, y: m.polar_pull(g, x, y), lambda g, x: m.polar_values(g, x))
define(m.polar_pull, no_rule, no_rule, no_rule)
define(m.polar_values, no_rule, no_rule)

# -- zero, or none at all ---------------------------------------------------------------------------------------------

# Constant between their jumps: the gradient is 0 everywhere, as in PyTorch.
for step in (p.sign, np.floor, np.ceil, np.rint, np.trunc):
    define(step, lambda g: np.zeros_like(g))
define(np.floor_divide, lambda g: np.zeros_like(g), lambda g: np.zeros_like(g), forward=p.floor_divide)
define(p.trunc_divide, lambda g: np.zeros_like(g), lambda g: np.zeros_like(g))
