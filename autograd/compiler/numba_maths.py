"""exp, tanh and log as the processor's vector units can run them: without a branch, on every element alike.

The C library's functions take one number at a time, and a loop that calls them takes ten times as long as one that does
not. These are the textbook series, after the argument has been brought close to 0 with the help of the exponent bits.
They are right to three units in the last place (tests/compiler/test_numba_maths.py), at NaN, the infinities and below
the normal numbers too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

FLOAT, DOUBLE = np.float32, np.float64


@intrinsic
def bits(context: Any, x: Any) -> Any:
    """The bits of a float, as an integer of the same width."""
    result = types.int32 if x == types.float32 else types.int64

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(result.bitwidth))

    return result(x), generate


@intrinsic
def from_bits(context: Any, i: Any) -> Any:
    """The float with these bits."""
    result = types.float32 if i == types.int32 else types.float64

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], target.get_value_type(result))

    return result(i), generate


def series(terms: list[float], dtype: Any) -> tuple[Any, ...]:
    """The coefficients of a power series, the last first, as Horner's scheme takes them."""
    return tuple(dtype(t) for t in reversed(terms))


def bits_of(x: Any) -> int:
    return int(x.view(f"i{x.itemsize}"))


# e^r - 1 = r + r^2 (1/2! + r/3! + r^2/4! + …) for |r| <= log(2) / 2, and atanh(s) = s (1 + s^2/3 + s^4/5 + …)
EXP_32 = series([1 / math.factorial(k) for k in range(2, 9)], FLOAT)
EXP_64 = series([1 / math.factorial(k) for k in range(2, 15)], DOUBLE)
# log(2) as a number with so few digits that its product with an exponent is exact, and the rest
LN2_32 = FLOAT(0.693145751953125), FLOAT(math.log(2) - 0.693145751953125)
LN2_64 = DOUBLE(0.6931471803691238), DOUBLE(1.9082149292705877e-10)
ATANH_32 = series([1 / k for k in range(3, 11, 2)], FLOAT)
ATANH_64 = series([1 / k for k in range(3, 25, 2)], DOUBLE)


@njit(error_model="numpy", forceinline=True)
def horner(terms: Any, x: Any) -> Any:
    """The polynomial with these coefficients, the highest first."""
    total = terms[0]
    for term in terms[1:]:
        total = total * x + term
    return total


def split(x: Any) -> Any:
    """e^x as scale * far * (1 + rest): two powers of 2, whose product need not be a float, and what is between them."""


@overload(split, jit_options={"error_model": "numpy", "forceinline": True})
def split_for(x: Any) -> Any:
    single = x == types.float32
    real, whole, terms = (FLOAT, np.int32, EXP_32) if single else (DOUBLE, np.int64, EXP_64)
    digits, bias = (23, 127) if single else (52, 1023)
    shift = real(1.5 * 2**digits)  # adding it leaves the nearest integer in the last bits
    low, high = (real(-104), real(89)) if single else (real(-746), real(710))  # beyond, the result is 0 or inf
    ln2_high, ln2_low = LN2_32 if single else LN2_64
    log2e = real(1 / math.log(2))

    def implementation(x: Any) -> Any:
        x = low if x < low else x
        x = high if x > high else x
        shifted = x * log2e + shift
        n = shifted - shift
        r = (x - n * ln2_high) - n * ln2_low
        exponent = bits(shifted) - bits(shift)
        half = exponent >> whole(1)
        near = from_bits(whole((half + whole(bias)) << whole(digits)))
        far = from_bits(whole((whole(exponent - half) + whole(bias)) << whole(digits)))
        return near, far, r + r * r * horner(terms, r)

    return implementation


@njit(error_model="numpy", cache=True, forceinline=True)
def exp(x: Any) -> Any:
    near, far, rest = split(x)
    return (near + near * rest) * far


@njit(error_model="numpy", cache=True, forceinline=True)
def expm1(x: Any) -> Any:
    """e^x - 1, exact to the last places near 0: there the two powers of 2 are 1, and what is left is the rest. The
    sign is that of x, of -0.0 too."""
    near, far, rest = split(x)
    return math.copysign((near * rest + (near - type(x)(1) / far)) * far, x)


@njit(error_model="numpy", cache=True, forceinline=True)
def tanh(x: Any) -> Any:
    """(e^2x - 1) / (e^2x + 1), which is 1 to the last place beyond 20."""
    size = abs(x)
    size = type(x)(20) if size > 20 else size
    d = expm1(size + size)
    return math.copysign(d / (d + type(x)(2)), x)


@njit(error_model="numpy", cache=True, forceinline=True)
def log(x: Any) -> Any:
    """The logarithm: -inf at 0 and NaN below it."""
    return logarithm(x)


def logarithm(x: Any) -> Any:
    """The logarithm, for each kind of float."""


@overload(logarithm, jit_options={"error_model": "numpy", "forceinline": True})
def logarithm_for(x: Any) -> Any:
    single = x == types.float32
    real, whole, terms = (FLOAT, np.int32, ATANH_32) if single else (DOUBLE, np.int64, ATANH_64)
    digits, bias = (23, 127) if single else (52, 1023)
    normal, up = real(2.0 ** (1 - bias)), real(2.0 ** (digits + 1))
    root = bits_of(real(math.sqrt(0.5)))
    ln2_high, ln2_low = LN2_32 if single else LN2_64

    def implementation(x: Any) -> Any:
        below = x < normal
        i = bits(x * up if below else x)
        n = whole((i - whole(root)) >> whole(digits))  # x = 2^n m, with sqrt(1/2) <= m < sqrt(2)
        m = from_bits(whole(i - whole(n << whole(digits))))
        e = real(n) - real(digits + 1) if below else real(n)
        s = (m - real(1)) / (m + real(1))
        z = s * s
        out = e * ln2_high + (real(2) * s + (real(2) * s * z * horner(terms, z) + e * ln2_low))
        out = real(-math.inf) if x == 0 else out
        out = out if x >= 0 else real(math.nan)
        return x if x == real(math.inf) else out

    return implementation
