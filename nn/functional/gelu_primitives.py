"""GELU and its derivative, each in one pass over blocks that stay near the processor. The rules: `network_rules.py`.

Both forms of GELU are x/2 (1 + T(x)). T is erf(x / √2), or the tanh of a polynomial that Hendrycks (2016) gives in its
place. NumPy has no erf, and its tanh takes half the time of its exp; so in float32 the erf is the tanh of a polynomial,
too, of the degree at which its error is a rounding error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.calculus import primitives as p

from .network_primitives import Array, op

BLOCK = 1 << 16  # numbers at a time: of 2^19, measured as quicker than all at once, or fewer at a time

# erf(x / √2) = tanh(x P(x²)): the coefficients of P that make the largest error least, which is 6e-8.
ERF = (
    7.97884941e-01, 3.63330846e-02, -3.25949663e-05, -5.53061981e-05, 3.96474530e-06, -1.32263417e-07, 1.75617309e-09,
)  # fmt: skip
TANH = (math.sqrt(2 / math.pi), math.sqrt(2 / math.pi) * 0.044715)


@op
def gelu(x: Array, approximate: str = "none") -> Array:
    """x * P(X <= x) for a standard normal X; "tanh" approximates it."""
    return _in_blocks(_gelu, approximate, x)


@op
def gelu_dx(x: Array, y: Array, approximate: str) -> Array:
    """x times the derivative of gelu at y: P(X <= y) + y * the density of X at y."""
    return _in_blocks(_gelu_dx, approximate, x, y)


def _gelu(approximate: str, x: Array) -> Array:
    half, out = 0.5 * x, _signed(x, approximate)
    out *= half
    out += half
    return out


def _gelu_dx(approximate: str, g: Array, x: Array) -> Array:
    t, slope = _signed(x, approximate), x * x
    if approximate == "tanh":
        slope *= 3 * TANH[1]
        slope += TANH[0]
        slope *= 1 - t * t
    else:
        slope *= -0.5
        slope = np.exp(slope)
        slope *= math.sqrt(2 / math.pi)
    slope *= x
    slope += t
    slope += 1
    slope *= g
    slope *= 0.5
    return slope


def _signed(x: Array, approximate: str) -> Array:
    """T(x) = 2 P(X <= x) - 1."""
    if approximate != "tanh" and x.dtype != np.float32:
        return p.erf(x * math.sqrt(0.5))
    coefficients = TANH if approximate == "tanh" else ERF
    square = x * x
    out = coefficients[-1] * square
    for c in coefficients[-2:0:-1]:
        out += c
        out *= square
    out += coefficients[0]
    out *= x
    return np.tanh(out)


def _in_blocks(function: Callable[..., Array], approximate: str, *arrays: Any) -> Array:
    """What a function of arrays of one shape gives element by element, by blocks where that is simple.

    An array that records what is computed of it is taken whole.
    """
    x = arrays[0]
    if x.size <= BLOCK or type(x) is not np.ndarray or not all(a.flags.c_contiguous for a in arrays):
        return function(approximate, *arrays)
    out, flat = np.empty(x.size, x.dtype), [a.reshape(-1) for a in arrays]
    for start in range(0, x.size, BLOCK):
        at = slice(start, start + BLOCK)
        out[at] = function(approximate, *[a[at] for a in flat])
    return out.reshape(x.shape)
