"""Statistics, scans, differences and integrals."""

import numpy as np

from autograd.calculus import primitives as P
from autograd.calculus import scatter_primitives as S
from tests.cases.case import chapter, distinct, positive

CASES, case = chapter("array")

CUBE = (2, 3, 4)
INFINITE = "torch: NaN, by the way in which it adds up"
TIES = "torch leaves the order of equal elements open"

# Scans.

case("cummax", P.getitem, lambda m, x: tuple(m.cummax(x, 1)), distinct(*CUBE))
case("x.cummax", P.getitem, lambda m, x: x.cummax(-1).values ** 2, distinct(*CUBE))
case("cummin", P.getitem, lambda m, x: tuple(m.cummin(x, 0)), distinct(*CUBE))
case("x.cummin", P.getitem, lambda m, x: x.cummin(dim=1)[0] ** 2, distinct(*CUBE))
case("logcumsumexp", S.logcumsumexp, lambda m, x: m.logcumsumexp(x, 1), CUBE)
case("x.logcumsumexp", S.logcumsumexp, lambda m, x: x.logcumsumexp(-1), CUBE)
case("diff", np.subtract, lambda m, x: m.diff(x), CUBE)
case("diff n dim", np.subtract, lambda m, x: x.diff(2, 1), CUBE)
case("diff prepend append", np.subtract, lambda m, x, y: m.diff(x, dim=0, prepend=y, append=x), (3, 4), (1, 4))
case("trapezoid", np.sum, lambda m, x: m.trapezoid(x), CUBE)
case("trapezoid dx dim", np.sum, lambda m, x: m.trapezoid(x, dx=0.5, dim=1), CUBE)
case("trapezoid x", np.sum, lambda m, x, y: m.trapezoid(x, y), (3, 4), (4,))
case("trapezoid x dim", np.sum, lambda m, x, y: m.trapz(x, y, dim=0), (3, 4), (3,))
case("trapezoid x of each", np.sum, lambda m, x, y: m.trapezoid(x, y, dim=0), (3, 4), (3, 4))
case("cumulative_trapezoid", np.cumsum, lambda m, x: m.cumulative_trapezoid(x), CUBE)
case("cumulative_trapezoid x", np.cumsum, lambda m, x, y: m.cumulative_trapezoid(x, y, dim=1), (3, 4), (3, 4))

# Quantiles, the middle, the most common.

case("quantile", P.lerp, lambda m, x: m.quantile(x, 0.3), distinct(3, 4), edges=TIES)
case("quantile dim", P.lerp, lambda m, x: x.quantile(0.75, dim=0, keepdim=True), distinct(3, 4), edges=TIES)
case("quantile of several", P.lerp, lambda m,
     x: m.quantile(x, m.tensor([0.0, 0.4, 1.0], dtype=x.dtype), 1), distinct(3, 4), edges=TIES)
case("quantile of several keepdim", P.lerp, lambda m,
     x: m.quantile(x, m.tensor([0.1, 0.4], dtype=x.dtype), keepdim=True), distinct(3, 4), edges=TIES)
case("nanquantile", P.lerp, lambda m, x: m.nanquantile(x, 0.6, dim=-1), distinct(3, 4), edges=TIES)
case("quantile midpoint", P.lerp, lambda m, x: x.quantile(0.4, 1, interpolation="midpoint"), distinct(3, 4),
     edges=TIES)
for between in ("lower", "higher", "nearest"):
    case(f"quantile {between}", P.getitem,
         lambda m, x, between=between: m.quantile(x, 0.4, 1, interpolation=between), distinct(3, 4), edges=TIES)
case("nanmedian", np.max, lambda m, x: m.nanmedian(x), distinct(3, 4))
case("nanmedian dim", P.getitem, lambda m, x: x.nanmedian(1).values, distinct(3, 4))
case("nanmedian keepdim", P.getitem, lambda m, x: tuple(m.nanmedian(x, 0, keepdim=True)), distinct(3, 4), edges=TIES,
     layout=TIES)
case("nanmean", np.divide, lambda m, x: m.nanmean(x), CUBE)
case("x.nanmean", np.divide, lambda m, x: x.nanmean((0, 2), keepdim=True), CUBE)
case("mode", P.getitem, lambda m, x: m.mode(x).values ** 2, distinct(3, 4))
case("x.mode", None, lambda m, x: x.mode(0, keepdim=True).indices, distinct(3, 4), edges=TIES, layout=TIES)
case("aminmax", (np.max, np.min), lambda m, x: tuple(m.aminmax(x)), distinct(*CUBE))
case("x.aminmax", (np.max, np.min), lambda m, x: tuple(x.aminmax(dim=1, keepdim=True)), distinct(*CUBE))

# Two at once, and covariances.

case("var_mean", (np.var, np.mean), lambda m, x: m.stack(m.var_mean(x)), CUBE, infinite=INFINITE)
case("var_mean dim", (np.var, np.mean), lambda m, x: m.stack(m.var_mean(x, 1, keepdim=True)), CUBE, infinite=INFINITE)
case("var_mean correction", (np.var, np.mean), lambda m, x: m.stack(m.var_mean(x, (0, 2), correction=0)), CUBE,
     infinite=INFINITE)
case("std_mean", (np.std, np.mean), lambda m, x: m.stack(m.std_mean(x, dim=-1)), CUBE, infinite=INFINITE)
case("std_mean biased", (np.std, np.mean), lambda m, x: m.stack(m.std_mean(x, unbiased=False)), CUBE, infinite=INFINITE)
case("cov", np.matmul, lambda m, x: m.cov(x), (3, 4), infinite=INFINITE)
case("x.cov of a vector", np.matmul, lambda m, x: x.cov(), (5,))
case("cov correction", np.matmul, lambda m, x: m.cov(x, correction=0), (3, 4), infinite=INFINITE)
case("cov weights", np.matmul, lambda m, x, y: m.cov(x, fweights=m.tensor([1, 2, 3, 1]), aweights=y), (3, 4),
     positive(4), empty="there are four weights", layout="weights are positive", edges="so they are",
     infinite="so they are")
case("corrcoef", np.sqrt, lambda m, x: m.corrcoef(x), (3, 4), edges="a variance of 0")
