"""Factorizations of matrices, and what is made of them.

Factors are unique but for signs, which both libraries take from LAPACK; so the cases compare them as they are.
"""

import numpy as np

from autograd.calculus import matrix_primitives as M
from autograd.calculus import primitives as P
from tests.cases.case import chapter, invertible

CASES, case = chapter("linalg")

SQUARE, BATCH, HIGH = invertible(3, 3), invertible(2, 3, 3), invertible(4, 3)


def symmetric(x):
    return x + x.mT


def joined(m, *xs):
    """All results in one, so that their gradients come together."""
    return m.cat([x.reshape(-1) for x in xs])


def unsigned(m, factors):
    """What of an SVD does not depend on signs."""
    u, s, vh = factors
    return joined(m, u**2, s, vh**2, u @ vh)


case("linalg.eigh", M.eigh, lambda m, x: joined(m, *m.linalg.eigh(symmetric(x))), SQUARE)
case("linalg.eigh upper", M.eigh, lambda m, x: m.linalg.eigh(symmetric(x), UPLO="U").eigenvectors ** 2, BATCH)
case("linalg.eigvalsh", M.eigvalsh, lambda m, x: m.linalg.eigvalsh(symmetric(x)), BATCH)
case("linalg.svd", M.svd, lambda m, x: unsigned(m, m.linalg.svd(x)), SQUARE)
case("linalg.svd high", M.svd, lambda m, x: unsigned(m, m.linalg.svd(x, full_matrices=False)), HIGH)
case("linalg.svd wide", M.svd, lambda m, x: unsigned(m, m.linalg.svd(x, full_matrices=False)), invertible(2, 3, 4))
case("linalg.svd values", M.svd, lambda m, x: m.linalg.svd(x, False).S, HIGH)
case("linalg.svd of constants", None, lambda m, x: joined(m, *(abs(f) for f in m.linalg.svd(x.detach()))), HIGH)
case("linalg.qr", M.qr, lambda m, x: joined(m, *m.linalg.qr(x)), HIGH)
case("linalg.qr square", M.qr, lambda m, x: joined(m, *m.linalg.qr(x, mode="complete")), BATCH)
case("linalg.qr wide", M.qr, lambda m, x: joined(m, *m.linalg.qr(x)), invertible(2, 3, 5))
case("linalg.qr of constants", None, lambda m, x: (*m.linalg.qr(x.detach(), "complete"), *m.linalg.qr(x.detach(), "r")),
     HIGH)
case("linalg.pinv", M.pinv, lambda m, x: m.linalg.pinv(x), (4, 3))
case("linalg.pinv wide", M.pinv, lambda m, x: m.linalg.pinv(x, rtol=1e-3), (2, 3, 4))
case("pinverse", M.pinv, lambda m, x: m.pinverse(x), SQUARE)
case("linalg.matrix_rank", None, lambda m, x: (m.linalg.matrix_rank(x), m.linalg.matrix_rank(x, atol=1.0)), (2, 3, 4))
case("linalg.cond", M.svdvals, lambda m, x: m.linalg.cond(x), SQUARE)
case("linalg.cond fro", None, lambda m, x: m.linalg.cond(x.detach(), "fro"), BATCH)
case("linalg.cond -2", M.svdvals, lambda m, x: m.linalg.cond(x, -2), (4, 3))
case("linalg.solve_triangular", np.linalg.solve, lambda m, x, y: m.linalg.solve_triangular(x, y, upper=True), SQUARE,
     (3, 2))
case("linalg.solve_triangular lower right", np.linalg.solve, lambda m,
     x, y: m.linalg.solve_triangular(x, y, upper=False, left=False), BATCH, (2, 4, 3))
case("linalg.solve_triangular ones", np.linalg.solve, lambda m,
     x, y: m.linalg.solve_triangular(x, y, upper=False, unitriangular=True), SQUARE, (3, 2))
case("linalg.lstsq", M.pinv, lambda m, x, y: m.linalg.lstsq(x, y).solution, (4, 3), (4, 2))
case("linalg.lstsq wide", M.pinv, lambda m, x, y: m.linalg.lstsq(x, y).solution, (2, 4, 3), (2, 4, 2))
case("linalg.matrix_power", np.matmul, lambda m, x: m.linalg.matrix_power(x, 5), SQUARE)
case("x.matrix_power -2", np.linalg.inv, lambda m, x: x.matrix_power(-2), BATCH)
case("matrix_power 0", None, lambda m, x: m.matrix_power(x.detach(), 0), SQUARE)
case("matrix_power 1", P.getitem, lambda m, x: m.matrix_power(x, 1)[0], SQUARE)

case("linalg.matrix_exp", np.linalg.solve, lambda m, x: m.linalg.matrix_exp(x / 3), BATCH)
case("x.matrix_exp squared", np.linalg.solve, lambda m, x: x.matrix_exp(), invertible(3, 3), gradcheck="large")
case("linalg.inv_ex", np.linalg.inv, lambda m, x: m.linalg.inv_ex(x).inverse, BATCH)
case("linalg.cholesky_ex", np.linalg.cholesky, lambda m, x: m.linalg.cholesky_ex(x @ x.mT, upper=True).L, SQUARE)
case("linalg.tensorinv", np.linalg.inv, lambda m, x: m.linalg.tensorinv(x.reshape(3, 3), 1), SQUARE)
case("linalg.tensorsolve", np.linalg.solve, lambda m, x: m.linalg.tensorsolve(x, x[0], dims=(0,)), SQUARE)
case("svd", M.svd, lambda m, x: joined(m, *(f**2 for f in m.svd(x))), HIGH)
case("qr", M.qr, lambda m, x: joined(m, *m.qr(x)), HIGH)
