"""Ops that work number by number. Each also runs on every combination of edge values and on broadcasting shapes."""

import numpy as np

from autograd.calculus import primitives as P
from autograd.calculus import special as S
from tests.cases.case import above_one, away, chapter, distinct, open_unit, positive, real, unit
from tests.oracle import OURS

CASES, case = chapter("elementwise")

LOG0 = "torch makes NaN of log(0) times 0"


def unary(key, names, spec, **without):
    """Every name of a function of one tensor, as a function and as a method."""
    for name in names.split():
        case(name, key, lambda m, x, name=name: getattr(m, name)(x), spec, **without)
        case(f"x.{name}", key, lambda m, x, name=name: getattr(x, name)(), spec, **without)


# One tensor.

unary(np.negative, "neg negative", real(3, 4))
unary(np.absolute, "abs absolute", away(3, 4))
unary(np.exp, "exp", real(3, 4))
unary(np.exp2, "exp2", real(3, 4))
unary(np.expm1, "expm1", real(3, 4))
unary(np.log, "log", positive(3, 4))
unary(np.log1p, "log1p", positive(3, 4))
unary(np.log2, "log2", positive(3, 4))
unary(np.log10, "log10", positive(3, 4))
unary(np.sqrt, "sqrt", positive(3, 4))
unary(P.rsqrt, "rsqrt", positive(3, 4))
unary(np.square, "square", real(3, 4))
unary(np.reciprocal, "reciprocal", away(3, 4))
unary(np.sin, "sin", real(3, 4))
unary(np.cos, "cos", real(3, 4))
unary(np.tan, "tan", open_unit(3, 4))
unary(np.arcsin, "asin arcsin", open_unit(3, 4))
unary(np.arccos, "acos arccos", open_unit(3, 4))
unary(np.arctan, "atan arctan", real(3, 4))
unary(np.sinh, "sinh", real(3, 4))
unary(np.cosh, "cosh", real(3, 4))
unary(np.tanh, "tanh", real(3, 4))
unary(np.arcsinh, "asinh arcsinh", real(3, 4))
unary(np.arccosh, "acosh arccosh", above_one(3, 4))
unary(np.arctanh, "atanh arctanh", open_unit(3, 4))
unary(P.sigmoid, "sigmoid", real(3, 4))
unary(P.erf, "erf", real(3, 4))
unary(P.erfc, "erfc", real(3, 4))
unary(P.logit, "logit", unit(3, 4))
unary(P.relu, "relu", away(3, 4))
unary(P.sign, "sign", away(3, 4))
unary(np.floor, "floor", distinct(3, 4))
unary(np.ceil, "ceil", distinct(3, 4))
unary(np.rint, "round", distinct(3, 4))
unary(np.trunc, "trunc fix", distinct(3, 4))


def relu_backward(m, x, g):
    """The derivative of relu at x, times g: a function of g."""
    x = x.detach().requires_grad_()
    return m.grad(m.relu(x), x, g, create_graph=True)[0]


case("relu's derivative", P.keep, relu_backward, away(3, 4), (3, 4), modes="it is a derivative")
case("-x", np.negative, lambda m, x: -x, (3, 4))
case("+x", None, lambda m, x: +x, (3, 4))
case("abs(x)", np.absolute, lambda m, x: abs(x), away(3, 4))
case("round decimals", np.rint, lambda m, x: m.round(x, decimals=1), distinct(3, 4))
case("logit eps", P.logit, lambda m, x: m.logit(x, eps=0.2), unit(3, 4))
case("x.logit(eps)", P.logit, lambda m, x: x.logit(0.1), unit(3, 4))
case("nan_to_num", np.nan_to_num, lambda m, x: m.nan_to_num(x), (3, 4))
case("nan_to_num to", np.nan_to_num, lambda m, x: x.nan_to_num(nan=1.5, posinf=7.0, neginf=-7.0), (3, 4))



def cube_root(m, x):
    """torch has none, and makes it of a power."""
    return np.cbrt(x) if m is OURS else x.sign() * x.abs() ** (1 / 3)


case("np.cbrt", np.cbrt, cube_root, away(3, 4), edges="torch's power has no derivative at 0")

case("clamp", np.clip, lambda m, x: m.clamp(x, -0.5, 0.5), distinct(3, 4))
case("clamp min", np.clip, lambda m, x: m.clamp(x, min=0.5), distinct(3, 4))
case("clamp max", np.clip, lambda m, x: x.clamp(max=0.5), distinct(3, 4))
case("clip", np.clip, lambda m, x: m.clip(x, -1, 2), distinct(3, 4))
case("x.clip", np.clip, lambda m, x: x.clip(-1.0, 2.0), distinct(3, 4))
case("clamp crossed bounds", np.clip, lambda m, x: x.clamp(1.0, -1.0), distinct(3, 4),
     held="the gradient is 0 everywhere")
case("clamp tensors", np.clip, lambda m, x, lo, hi: m.clamp(x, lo, hi), distinct(3, 4), open_unit(3, 4),
     above_one(3, 4))
case("clamp min tensor", np.clip, lambda m, x, lo: x.clamp(min=lo), distinct(3, 4), open_unit(3, 4))
case("clamp max tensor", np.clip, lambda m, x, hi: x.clamp(max=hi), distinct(3, 4), open_unit(3, 4))

case("float", P.cast, lambda m, x: x.float(), (3, 4), gradcheck="float32 is too coarse for differences")
case("double", None, lambda m, x: x.double(), (3, 4))
case("half", P.cast, lambda m, x: x.half(), (3, 4), gradcheck="float16 is too coarse for differences")
case("to dtype", P.cast, lambda m, x: (x * 2).to(m.float32), (3, 4), gradcheck="float32 is too coarse for differences")
case("to float64 and back", np.power, lambda m, x: (x.to(m.float64) ** 2).to(x.dtype), (3, 4))
case("to integer", None, lambda m, x: x.long(), distinct(3, 4), edges="undefined for inf and NaN")
case("to bool", None, lambda m, x: x.bool(), distinct(3, 4))
case("clone", np.copy, lambda m, x: m.clone(x), (3, 4))
case("x.clone", np.copy, lambda m, x: x.clone() * 2, (3, 4))
case("contiguous", None, lambda m, x: x.contiguous() * 2, (3, 4))
case("detach inside", np.multiply, lambda m, x: x.detach() * x, (3, 4), gradcheck="differences see through detach")

# Two tensors.

case("add", np.add, lambda m, x, y: m.add(x, y), (3, 4), (3, 4))
case("x.add", np.add, lambda m, x, y: x.add(y), (3, 4), (3, 4))
case("x + y", np.add, lambda m, x, y: x + y, (3, 4), (3, 4))
case("x + x", np.add, lambda m, x: x + x, (3, 4))
case("add alpha", np.add, lambda m, x, y: m.add(x, y, alpha=2.5), (3, 4), (3, 4))
case("x + 2.5", np.add, lambda m, x: x + 2.5, (3, 4))
case("2.5 + x", np.add, lambda m, x: 2.5 + x, (3, 4))
case("x + True", np.add, lambda m, x: x + True, (3, 4))
case("sub", np.subtract, lambda m, x, y: m.sub(x, y), (3, 4), (3, 4))
case("subtract", np.subtract, lambda m, x, y: m.subtract(x, y), (3, 4), (3, 4))
case("x - y", np.subtract, lambda m, x, y: x - y, (3, 4), (3, 4))
case("x - x", np.subtract, lambda m, x: x - x, (3, 4))
case("sub alpha", np.subtract, lambda m, x, y: x.sub(y, alpha=3), (3, 4), (3, 4))
case("x - 2", np.subtract, lambda m, x: x - 2, (3, 4))
case("2 - x", np.subtract, lambda m, x: 2 - x, (3, 4))
case("mul", np.multiply, lambda m, x, y: m.mul(x, y), (3, 4), (3, 4))
case("multiply", np.multiply, lambda m, x, y: m.multiply(x, y), (3, 4), (3, 4))
case("x.mul", np.multiply, lambda m, x, y: x.mul(y), (3, 4), (3, 4))
case("x * y", np.multiply, lambda m, x, y: x * y, (3, 4), (3, 4))
case("x * x * x", np.multiply, lambda m, x: x * x * x, (3, 4))
case("x * 3", np.multiply, lambda m, x: x * 3, (3, 4))
case("0.5 * x", np.multiply, lambda m, x: 0.5 * x, (3, 4))
case("div", np.divide, lambda m, x, y: m.div(x, y), (3, 4), away(3, 4))
case("divide", np.divide, lambda m, x, y: m.divide(x, y), (3, 4), away(3, 4))
case("true_divide", np.divide, lambda m, x, y: m.true_divide(x, y), (3, 4), away(3, 4))
case("x / y", np.divide, lambda m, x, y: x / y, (3, 4), away(3, 4))
case("x / x", np.divide, lambda m, x: x / x, away(3, 4))
case("x / 4", np.divide, lambda m, x: x / 4, (3, 4))
case("4 / x", np.divide, lambda m, x: 4 / x, away(3, 4))
case("1.0 / x", np.divide, lambda m, x: 1.0 / x, away(3, 4))
case("div rounding floor", np.floor_divide, lambda m, x, y: m.div(x, y, rounding_mode="floor"), distinct(3, 4),
     positive(3, 4))
case("div rounding trunc", P.trunc_divide, lambda m, x, y: m.div(x, y, rounding_mode="trunc"), distinct(3, 4),
     positive(3, 4))
case("x // y", None, lambda m, x, y: x.detach() // y.detach(), distinct(3, 4),
     positive(3, 4))  # torch has no derivative of //
case("x // 2", None, lambda m, x: x.detach() // 2, distinct(3, 4))
case("7 // x", None, lambda m, x: 7 // x.detach(), positive(3, 4))
case("floor_divide", None, lambda m, x, y: m.floor_divide(x.detach(), y.detach()), distinct(3, 4), positive(3, 4))
case("remainder", np.remainder, lambda m, x, y: m.remainder(x, y), distinct(3, 4), positive(3, 4))
case("x % y", np.remainder, lambda m, x, y: x % y, distinct(3, 4), distinct(3, 4))
case("x % 2", np.remainder, lambda m, x: x % 2.2, distinct(3, 4))
case("7 % x", None, lambda m, x: 7.7 % x.detach(), positive(3, 4))  # nor one of a number % a tensor
case("constant % x", np.remainder, lambda m, x: m.tensor(7.7, dtype=x.dtype) % x, positive(3, 4))
case("fmod", np.fmod, lambda m, x, y: m.fmod(x, y), distinct(3, 4), distinct(3, 4))
case("x.fmod(2)", np.fmod, lambda m, x: x.fmod(2.2), distinct(3, 4))

case("pow", np.power, lambda m, x, y: m.pow(x, y), positive(3, 4), (3, 4))
case("x.pow", np.power, lambda m, x, y: x.pow(y), positive(3, 4), (3, 4))
case("x ** y", np.power, lambda m, x, y: x**y, positive(3, 4), (3, 4))
case("x ** x", np.power, lambda m, x: x**x, positive(3, 4))
case("x ** 2", np.power, lambda m, x: x**2, (3, 4))
case("x ** 3", np.power, lambda m, x: x**3, (3, 4))
case("x ** 1", np.power, lambda m, x: x**1, (3, 4), held="the gradient is 1 everywhere")
case("x ** 0", np.power, lambda m, x: x**0, (3, 4), held="the gradient is 0 everywhere")
case("x ** -1", np.power, lambda m, x: x**-1, away(3, 4))
case("x ** -2.0", np.power, lambda m, x: x**-2.0, away(3, 4))
case("x ** 0.5", np.power, lambda m, x: x**0.5, positive(3, 4),
     edges="torch takes x ** -0.5 for 1 / sqrt(x), which is -inf at -0.0")
case("x ** 2.5", np.power, lambda m, x: x**2.5, positive(3, 4))
case("x ** integers", np.power, lambda m, x: x ** m.tensor([0, 1, 2, 3]), away(3, 4),
     edges="the exponents have a shape")
case("x.pow(3)", np.power, lambda m, x: x.pow(3), (3, 4))
case("2 ** x", np.power, lambda m, x: 2**x, (3, 4), held="read only where the base is 0")
case("0.5 ** x", np.power, lambda m, x: 0.5**x, (3, 4), held="read only where the base is 0")
case("0 ** x", np.power, lambda m, x: 0.0**x, positive(3, 4), held="read only where the base is 0",
     second=LOG0, incoming=LOG0)
case("pow number tensor", np.power, lambda m, x: m.pow(3.0, x), (3, 4), held="read only where the base is 0")

case("maximum", np.maximum, lambda m, x, y: m.maximum(x, y), (3, 4), (3, 4))
case("minimum", np.minimum, lambda m, x, y: m.minimum(x, y), (3, 4), (3, 4))
case("x.maximum", np.maximum, lambda m, x, y: x.maximum(y), (3, 4), (3, 4))
case("x.minimum", np.minimum, lambda m, x, y: x.minimum(y), (3, 4), (3, 4))
case("max of two", np.maximum, lambda m, x, y: m.max(x, y), (3, 4), (3, 4))
case("min of two", np.minimum, lambda m, x, y: m.min(x, y), (3, 4), (3, 4))
case("maximum of itself", np.maximum, lambda m, x: m.maximum(x, x), (3, 4), gradcheck="every point is a tie")
case("hypot", np.hypot, lambda m, x, y: m.hypot(x, y), away(3, 4), away(3, 4))
case("x.hypot", np.hypot, lambda m, x, y: x.hypot(y), away(3, 4), away(3, 4))
case("atan2", np.arctan2, lambda m, x, y: m.atan2(x, y), away(3, 4), away(3, 4))
case("arctan2", np.arctan2, lambda m, x, y: m.arctan2(x, y), away(3, 4), away(3, 4))
case("x.atan2", np.arctan2, lambda m, x, y: x.atan2(y), away(3, 4), away(3, 4))
case("logaddexp", np.logaddexp, lambda m, x, y: m.logaddexp(x, y), (3, 4), (3, 4))
case("x.logaddexp", np.logaddexp, lambda m, x, y: x.logaddexp(y), (3, 4), (3, 4))
case("xlogy", P.xlogy, lambda m, x, y: m.xlogy(x, y), (3, 4), positive(3, 4))
case("x.xlogy", P.xlogy, lambda m, x, y: x.xlogy(y), away(3, 4), positive(3, 4))
case("xlogy number", P.xlogy, lambda m, y: m.xlogy(2.0, y), positive(3, 4))

# Three tensors, and masks.

MASK = [[True, False, True, True], [False, False, True, False], [True, True, False, True]]
ROW = [True, False, True, False]

case("lerp", P.lerp, lambda m, x, y: m.lerp(x, y, 0.25), (3, 4), (3, 4))
case("lerp far", P.lerp, lambda m, x, y: x.lerp(y, 0.75), (3, 4), (3, 4))
case("lerp tensor", P.lerp, lambda m, x, y, w: m.lerp(x, y, w), (3, 4), (3, 4), unit(3, 4))
case("addcmul", P.addcmul, lambda m, x, y, z: m.addcmul(x, y, z), (3, 4), (3, 4), (3, 4))
case("addcmul value", P.addcmul, lambda m, x, y, z: x.addcmul(y, z, value=-0.5), (3, 4), (3, 4), (3, 4))
case("where", np.where, lambda m, x, y: m.where(x > y, x * 2, y), (3, 4), (3, 4))
case("x.where", np.where, lambda m, x, y: x.where(m.isfinite(x), y), (3, 4), (3, 4))
case("where mask", np.where, lambda m, x, y: m.where(m.tensor(MASK), x, y), (3, 4), (3, 4),
     edges="the mask has a shape")
case("where row", np.where, lambda m, x, y: m.where(m.tensor(ROW), x, y), (3, 4), (3, 4), edges="the mask has a shape")
case("where number", np.where, lambda m, x: m.where(x > 0, x, -1.5), away(3, 4))
case("where number first", np.where, lambda m, x: m.where(x > 0, 2.0, x), away(3, 4))
case("double where", np.where, lambda m, x: m.where(x > 0, m.where(x > 0, x, 1.0).log(), 0.0), away(3, 4))
case("masked_fill", np.where, lambda m, x: x.masked_fill(m.tensor(MASK), -2.0), (3, 4), edges="the mask has a shape")
case("masked_fill -inf", np.where, lambda m, x: m.masked_fill(x, x > 0.5, -np.inf), away(3, 4),
     gradcheck="-inf has no differences")
case("masked_fill tensor", np.where, lambda m, x: x.masked_fill(x < 0, m.tensor(3.0)), away(3, 4))
case("(x < 0) * x", np.multiply, lambda m, x: x * (x < 0), away(3, 4))
case("comparisons", None, lambda m, x, y: (x < y, x <= y, x > y, x >= y, x == y, x != y), (3, 4), (3, 4))
case("compare with number", None, lambda m, x: (x < 0.5, x >= 0.5, x == 1, x != 1, x.eq(1), x.ne(1), x.gt(0), x.le(0)),
     (3, 4))
case("comparison functions", None, lambda m, x, y: (m.lt(x, y), m.le(x, y), m.gt(x, y), m.ge(x, y), m.eq(x, y)),
     (3, 4), (3, 4))
case("logic", None, lambda m, x, y: (m.logical_and(x, y), x.logical_or(y), m.logical_not(x), m.logical_xor(x, y)),
     (3, 4), (3, 4))
case("logic of bools", None, lambda m, x, y: ((x > 0) & (y > 0), (x > 0) | (y > 0), (x > 0) ^ (y > 0), ~(x > 0)),
     (3, 4), (3, 4))
case("bits", None, lambda m, x, y: (
    m.bitwise_and(x.long(), y.long()), x.long() | 1, x.long().bitwise_xor(y.long()), m.bitwise_not(x.long())),
    distinct(3, 4), distinct(3, 4), edges="undefined for inf and NaN")
case("allclose", None, lambda m, x, y: (m.tensor(m.allclose(x, x + 1e-9)), m.tensor(x.allclose(y))), (3, 4), (3, 4))
case("isnan isinf isfinite", None, lambda m, x: (m.isnan(x), m.isinf(x), m.isfinite(x)), (3, 4))

# Broadcasting inside an expression.

case("column times row", np.multiply, lambda m, x, y: x * y, (3, 1), (1, 4))
case("scalar times matrix", np.multiply, lambda m, x, y: x * y, (), (3, 4))
case("extra leading ones", np.add, lambda m, x, y: x * y + x, (1, 1, 3), (3,))
case("diamond", (np.multiply, np.add), lambda m, x, y: (x * y + x) * (x * y - y), (3, 4), (4,))

# -- those of `rarer_arithmetic.py` -----------------------------------------------------------------------------------


TRIGAMMA = "torch has nine digits of trigamma"


def binary(key, names, *specs, **without):
    """Every name of a function of two tensors, as a function and as a method."""
    for name in names.split():
        case(name, key, lambda m, x, y, name=name: getattr(m, name)(x, y), *specs, **without)
        case(f"x.{name}", key, lambda m, x, y, name=name: getattr(x, name)(y), *specs, **without)


unary(S.erfinv, "erfinv", open_unit(3, 4))
unary(S.lgamma, "lgamma", positive(3, 4), second=TRIGAMMA)
case("digamma", None, lambda m, x: (m.digamma(x.detach()), x.detach().digamma()), away(3, 4))
unary(np.sinc, "sinc", away(3, 4))
unary(P.sign, "sgn", away(3, 4))
unary(np.trunc, "frac", distinct(3, 4))
unary(np.multiply, "deg2rad rad2deg", real(3, 4))
binary(np.logaddexp2, "logaddexp2", real(3, 4), real(3, 4))
binary(np.copysign, "copysign", away(3, 4), away(3, 4))
binary(np.where, "fmax fmin", distinct(3, 4), distinct(3, 4))
binary(np.power, "float_power", positive(3, 4), real(3, 4))
binary(np.exp2, "ldexp", real(3, 4), real(3, 4))
case("polygamma 2", S.polygamma, lambda m, x: m.polygamma(2, x), away(3, 4), edges="torch: NaN at inf")
case("polygamma 3", S.polygamma, lambda m, x: m.polygamma(3, x), away(3, 4), edges="torch: NaN at inf")
case("heaviside", None, lambda m, x, y: m.heaviside(x.detach(), y.detach()), away(3, 4), (3, 4))
case("addcdiv", np.divide, lambda m, x, y, z: m.addcdiv(x, y, z, value=-2), (3, 4), (4,), away(3, 1))
case("addcdiv_", np.divide, lambda m, x, y, z: (x * 1).addcdiv_(y, z), (3, 4), (4,), away(3, 1))
case("clamp_min", np.clip, lambda m, x: m.clamp_min(x, 0.3), distinct(3, 4))
case("x.clamp_min of a tensor", np.clip, lambda m, x, y: x.clamp_min(y), distinct(3, 4), distinct(3, 4))
case("clamp_max", np.clip, lambda m, x, y: m.clamp_max(x, y), distinct(3, 4), distinct(3, 4))
case("x.clamp_max_", np.clip, lambda m, x: (x * 1).clamp_max_(0.3), distinct(3, 4))
case("tests of numbers", None, lambda m, x: (m.isposinf(x), x.isneginf(), m.isreal(x), x.signbit()), distinct(3, 4))
case("isclose", None, lambda m, x, y: (m.isclose(x, y), x.isclose(y, 0.5, 0.1, equal_nan=True)), real(3, 4), real(3, 4))
case("greater and its like", None, lambda m, x, y: (m.greater(x, y), x.greater_equal(y), m.less(x, 0.5),
     x.less_equal(y), m.not_equal(x, y)), distinct(3, 4), distinct(3, 4))
