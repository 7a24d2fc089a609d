"""Ops that take many numbers to fewer, or along an axis. Each also runs on ties, zeros, infinities and NaN."""

import numpy as np

from autograd.calculus import primitives as P
from tests.cases.case import away, chapter, distinct, positive, unit

CASES, case = chapter("array")

CUBE = (2, 3, 4)
EMPTY = "whether the norm of an empty matrix has a gradient differs in torch from norm to norm"
PROD = "torch multiplies in another order, and gives zeros at once when two numbers are 0"
CUMPROD = "torch takes another way, past other NaNs, when one of the numbers is 0"


def reduction(key, name, spec, tuples=True, method=True, **without):
    """The forms that every reduction has: of everything, along one axis, along several, with its axes kept."""
    case(f"{name}", key, lambda m, x: getattr(m, name)(x), spec, **without)
    case(f"x.{name}", key, lambda m, x: getattr(x, name)(), spec, **without)
    case(f"{name} dim 1", key, lambda m, x: getattr(m, name)(x, dim=1), spec, **without)
    case(f"{name} dim 0", key, lambda m, x: getattr(x, name)(0), spec, **without)
    case(f"{name} dim -1 keepdim", key, lambda m, x: getattr(m, name)(x, -1, keepdim=True), spec, **without)
    if tuples:
        case(f"{name} dims (0, -1)", key, lambda m, x: getattr(x, name)(dim=(0, -1)), spec, **without)
        case(f"{name} dims [1, 2] keepdim", key, lambda m, x: getattr(m, name)(x, [1, 2], keepdim=True), spec,
             **without)


reduction(np.sum, "sum", CUBE)
reduction(np.mean, "mean", CUBE)
reduction(np.prod, "prod", away(*CUBE), tuples=False, infinite=PROD)
reduction(np.max, "amax", distinct(*CUBE))
reduction(np.min, "amin", distinct(*CUBE))
reduction((np.where, np.sum), "nansum", CUBE)
reduction(np.var, "var", CUBE)
reduction(np.std, "std", CUBE)

case("sum dim None", np.sum, lambda m, x: m.sum(x, dim=None), CUBE)
case("sum axis keepdims", np.sum, lambda m, x: m.sum(x, axis=1, keepdims=True), CUBE)
case("mean axis", np.mean, lambda m, x: x.mean(axis=(0, 1)), CUBE)
case("sum dims ()", np.sum, lambda m, x: x.sum(()), CUBE)
case("sum dtype", np.sum, lambda m, x: m.sum(x, 0, dtype=m.float64), CUBE)
case("mean dtype", np.mean, lambda m, x: m.mean(x, dtype=m.float64), CUBE)
case("prod dtype", np.prod, lambda m, x: m.prod(x, dtype=m.float64), away(2, 3))
case("sum of one", np.sum, lambda m, x: x.sum(1), (3, 1))
case("prod of one", np.prod, lambda m, x: x.prod(1), (3, 1))
case("prod of vector", np.prod, lambda m, x: x.prod(), away(5))
case("sum of comparison", None, lambda m, x: (x > 0).sum(1), CUBE)
case("mean of squares", (np.mean, np.power), lambda m, x: (x**2).mean(), CUBE)

for name in ("var", "std"):
    key = getattr(np, name)
    case(f"{name} correction 0", key, lambda m, x, name=name: getattr(m, name)(x, dim=1, correction=0), CUBE)
    case(f"{name} correction 2", key, lambda m, x, name=name: getattr(x, name)(dim=2, correction=2), CUBE)
    case(f"{name} unbiased False", key, lambda m, x, name=name: getattr(m, name)(x, unbiased=False), CUBE,
         scalar="std of one is at its kink")
    case(f"{name} False", key, lambda m, x, name=name: getattr(m, name)(x, False), CUBE,
         scalar="std of one is at its kink")
    case(f"{name} dim False", key, lambda m, x, name=name: getattr(x, name)(0, False), (4, 2),
         scalar="std of one is at its kink")
    case(f"{name} dim unbiased", key, lambda m, x, name=name: getattr(m, name)(x, 1, unbiased=False, keepdim=True),
         CUBE)
    case(f"{name} of one", key, lambda m, x, name=name: getattr(m, name)(x, 1), (3, 1),
         gradcheck="NaN has no differences")
    case(f"{name} of one correction 0", key, lambda m, x, name=name: getattr(m, name)(x, 1, correction=0), (3, 1),
         gradcheck="std of one is at its kink", second="torch makes NaN of inf times 0", incoming="the same")

# max and min: of everything as amax; along a dim they take one index.

case("max", np.max, lambda m, x: m.max(x), distinct(*CUBE))
case("min", np.min, lambda m, x: x.min(), distinct(*CUBE))
for name in ("max", "min"):
    case(f"{name} dim 1", P.getitem, lambda m, x, name=name: tuple(getattr(m, name)(x, 1)), distinct(*CUBE))
    case(f"x.{name} dim -1 keepdim", P.getitem, lambda m, x, name=name: getattr(x, name)(-1, keepdim=True),
         distinct(*CUBE))
    case(f"{name} values", P.getitem, lambda m, x, name=name: getattr(x, name)(dim=0).values, distinct(*CUBE))
    case(f"{name} indices", None, lambda m, x, name=name: getattr(x, name)(dim=0).indices, distinct(*CUBE))
    case(f"arg{name}", None, lambda m, x, name=name: getattr(m, f"arg{name}")(x), distinct(*CUBE))
    case(f"arg{name} dim", None, lambda m, x, name=name: getattr(x, f"arg{name}")(1), distinct(*CUBE))
    case(f"arg{name} keepdim", None, lambda m, x, name=name: getattr(m, f"arg{name}")(x, dim=-1, keepdim=True),
         distinct(*CUBE))
case("median", None, lambda m, x: m.median(x), distinct(3, 5))
case("median even", None, lambda m, x: x.median(), distinct(3, 4))
case("median dim", P.getitem, lambda m, x: x.median(1).values, distinct(3, 4))
case("median keepdim", P.getitem, lambda m, x: m.median(x, -1, keepdim=True).values, distinct(3, 5))
case("median dim indices", None, lambda m, x: m.median(x, 0).indices, distinct(3, 4),
     edges="torch picks any index of a tie", layout="the same")
case("all any", None, lambda m, x: (m.all(x), m.any(x), (x > 0).all(1), (x > 0).any(dim=-1, keepdim=True)), CUBE)
case("all any of bools", None, lambda m, x: ((x > 0).all(), (x > 9).any(), m.all(x > -9, dim=0), m.any(x > 0, 0)), CUBE)

# Norms.

case("norm", P.vector_norm, lambda m, x: m.norm(x), CUBE)
case("x.norm", P.vector_norm, lambda m, x: x.norm(), CUBE)
case("norm dim", P.vector_norm, lambda m, x: x.norm(dim=1), CUBE)
case("norm p dim keepdim", P.vector_norm, lambda m, x: m.norm(x, 2, dim=-1, keepdim=True), CUBE)
case("norm dims", P.vector_norm, lambda m, x: x.norm(dim=(0, 2)), CUBE)
case("norm p 1", P.vector_norm, lambda m, x: m.norm(x, p=1, dim=1), away(*CUBE))
case("norm p 3", P.vector_norm, lambda m, x: m.norm(x, p=3), away(*CUBE))
case("norm p 1.5", P.vector_norm, lambda m, x: x.norm(1.5, 0), away(*CUBE))
case("norm p 0.5", P.vector_norm, lambda m, x: x.norm(0.5, 1), away(*CUBE))
case("norm p -1", P.vector_norm, lambda m, x: m.norm(x, -1, 1), away(*CUBE))
case("norm p 0", None, lambda m, x: x.detach().norm(0, 1), away(*CUBE))  # its gradient: None in torch, 0 here
case("norm p inf", P.vector_norm, lambda m, x: m.norm(x, p=float("inf")), distinct(3, 4))
case("norm p inf dim", P.vector_norm, lambda m, x: m.norm(x, float("inf"), dim=1), distinct(3, 4))
case("norm p -inf", P.vector_norm, lambda m, x: m.norm(x, -float("inf"), dim=1), distinct(3, 4))
case("norm fro", P.vector_norm, lambda m, x: m.norm(x, p="fro"), (3, 4))
case("linalg.norm", P.vector_norm, lambda m, x: m.linalg.norm(x), CUBE)
case("linalg.norm dim", P.vector_norm, lambda m, x: m.linalg.norm(x, dim=-1, keepdim=True), CUBE)
case("linalg.norm ord", P.vector_norm, lambda m, x: m.linalg.norm(x, 3, dim=0), away(*CUBE))
case("linalg.norm fro", P.vector_norm, lambda m, x: m.linalg.norm(x, "fro"), (3, 4))
case("linalg.norm matrix 1", (), lambda m, x: m.linalg.norm(x, 1), distinct(3, 4),
     empty=EMPTY)
case("linalg.norm matrix inf", (), lambda m, x: m.linalg.norm(x, float("inf"), dim=(-2, -1)), distinct(*CUBE),
     empty=EMPTY)
case("linalg.vector_norm", P.vector_norm, lambda m, x: m.linalg.vector_norm(x, 2, dim=(0, 1)), CUBE)

# Logarithms of sums, softmax, cumulative sums.

case("logsumexp", P.logsumexp, lambda m, x: m.logsumexp(x, 1), CUBE)
case("x.logsumexp", P.logsumexp, lambda m, x: x.logsumexp(dim=-1, keepdim=True), CUBE)
case("logsumexp dims", P.logsumexp, lambda m, x: x.logsumexp((0, 2)), CUBE)
case("softmax", P.softmax, lambda m, x: m.softmax(x, dim=1), CUBE)
case("softmax -1", P.softmax, lambda m, x: m.softmax(x, -1), CUBE)
case("x.softmax", P.softmax, lambda m, x: x.softmax(0), CUBE)
case("softmax dtype", P.softmax, lambda m, x: m.softmax(x, -1, dtype=m.float64), CUBE)
case("log_softmax", P.log_softmax, lambda m, x: m.log_softmax(x, dim=1), CUBE)
case("x.log_softmax", P.log_softmax, lambda m, x: x.log_softmax(-1), CUBE)
case("log_softmax dtype", P.log_softmax, lambda m, x: m.log_softmax(x, 0, dtype=m.float64), CUBE)
case("log of softmax", (np.log, P.softmax), lambda m, x: m.log(m.softmax(x, -1)), (3, 4))
case("cumsum", np.cumsum, lambda m, x: m.cumsum(x, 1), CUBE)
case("x.cumsum", np.cumsum, lambda m, x: x.cumsum(dim=-1), CUBE)
case("cumsum dtype", np.cumsum, lambda m, x: m.cumsum(x, 0, dtype=m.float64), CUBE)
case("cumprod", np.cumprod, lambda m, x: m.cumprod(x, 1), away(*CUBE), infinite=CUMPROD)
case("x.cumprod", np.cumprod, lambda m, x: x.cumprod(dim=-1), away(*CUBE), infinite=CUMPROD)
case("cumprod 0", np.cumprod, lambda m, x: x.cumprod(0), away(4, 2), infinite=CUMPROD)
case("cumprod long", np.cumprod, lambda m, x: x.cumprod(0), unit(9), infinite=CUMPROD)
case("normalised", (np.mean, np.std), lambda m, x: (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True), CUBE,
     edges="the quotient of two rounding errors")
case("entropy", (P.xlogy, np.sum), lambda m, x: -m.xlogy(x, x).sum(-1), positive(*CUBE))
