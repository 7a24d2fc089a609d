"""Products of matrices, and what is solved with them."""

import numpy as np

from autograd.calculus import matrix_primitives as M
from autograd.calculus import primitives as P
from tests.cases.case import chapter, distinct, invertible
from tests.cases.reductions import EMPTY

CASES, case = chapter("linalg")

case("matmul vector vector", np.matmul, lambda m, x, y: m.matmul(x, y), (4,), (4,))
case("matmul matrix vector", np.matmul, lambda m, x, y: m.matmul(x, y), (3, 4), (4,))
case("matmul vector matrix", np.matmul, lambda m, x, y: x.matmul(y), (4,), (4, 3))
case("matmul matrix matrix", np.matmul, lambda m, x, y: x @ y, (3, 4), (4, 2))
case("matmul with itself", np.matmul, lambda m, x: x @ x, (3, 3))
case("matmul gram", np.matmul, lambda m, x: x @ x.T, (3, 4))
case("matmul batches", np.matmul, lambda m, x, y: x @ y, (2, 3, 4), (2, 4, 5))
case("matmul batch matrix", np.matmul, lambda m, x, y: x @ y, (2, 3, 4), (4, 5))
case("matmul matrix batch", np.matmul, lambda m, x, y: x @ y, (3, 4), (2, 4, 5))
case("matmul batch vector", np.matmul, lambda m, x, y: x @ y, (2, 3, 4), (4,))
case("matmul vector batch", np.matmul, lambda m, x, y: x @ y, (3,), (2, 3, 4))
case("matmul broadcast batches", np.matmul, lambda m, x, y: m.matmul(x, y), (2, 1, 3, 4), (5, 4, 2))
case("matmul broadcast ones", np.matmul, lambda m, x, y: x @ y, (1, 3, 4), (5, 4, 2))
case("matmul four dims", np.matmul, lambda m, x, y: x @ y, (2, 2, 3, 4), (2, 2, 4, 1))
case("matmul row column", np.matmul, lambda m, x, y: x @ y, (1, 4), (4, 1))
case("matmul then square", np.matmul, lambda m, x, y: (x @ y) ** 2, (3, 4), (4, 2))
case("constant @ x", np.matmul, lambda m, x: m.ones(2, 3, dtype=x.dtype) @ x, (3, 4))
case("mm", np.matmul, lambda m, x, y: m.mm(x, y), (3, 4), (4, 2))
case("x.mm", np.matmul, lambda m, x, y: x.mm(y), (3, 4), (4, 2))
case("bmm", np.matmul, lambda m, x, y: m.bmm(x, y), (2, 3, 4), (2, 4, 5))
case("x.bmm", np.matmul, lambda m, x, y: x.bmm(y), (2, 3, 4), (2, 4, 5))
case("mv", np.matmul, lambda m, x, y: m.mv(x, y), (3, 4), (4,))
case("x.mv", np.matmul, lambda m, x, y: x.mv(y), (3, 4), (4,))
case("dot", np.matmul, lambda m, x, y: m.dot(x, y), (4,), (4,))
case("x.dot", np.matmul, lambda m, x: x.dot(x), (4,))
case("outer", np.multiply, lambda m, x, y: m.outer(x, y), (3,), (4,))
case("x.outer", np.multiply, lambda m, x: x.outer(x), (3,))


def einsum(equation, *shapes):
    key = np.einsum if len(shapes) > 1 else np.transpose
    case(f"einsum {equation}", key, lambda m, *xs: m.einsum(equation, *xs), *shapes)


einsum("ij,jk->ik", (3, 4), (4, 2))
einsum("ij,jk", (3, 4), (4, 2))
einsum("ij->ji", (3, 4))
einsum("ij->", (3, 4))
einsum("ij->j", (3, 4))
einsum("ii->i", (3, 3))
einsum("ii", (3, 3))
einsum("i,i->", (4,), (4,))
einsum("i,j->ij", (3,), (4,))
einsum("ij,ij->i", (3, 4), (3, 4))
einsum("ij,kj->ik", (3, 4), (2, 4))
einsum("bij,bjk->bik", (2, 3, 4), (2, 4, 5))
einsum("bij,jk->bik", (2, 3, 4), (4, 5))
einsum("...ij,...jk->...ik", (2, 3, 4), (4, 5))
einsum("...i,...i->...", (2, 3, 4), (2, 3, 4))
einsum("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4))
einsum("i,ij,j->", (3,), (3, 4), (4,))
einsum("ij,jk,kl->il", (2, 3), (3, 4), (4, 2))
einsum("ijj->i", (2, 3, 3))
einsum("ij,k->ik", (3, 4), (2,))
einsum("bn,anm,bm->ba", (2, 3), (4, 3, 5), (2, 5))
einsum(" ij , jk -> ik ", (3, 4), (4, 2))
case("einsum of one tensor twice", np.einsum, lambda m, x: m.einsum("ij,kj->ik", x, x), (3, 4))
case("einsum numbered", np.einsum, lambda m, x, y: m.einsum(x, [0, 1], y, [1, 2], [2, 0]), (3, 4), (4, 2))
case("einsum numbered, output implicit", np.einsum, lambda m, x, y: m.einsum(x, [30, 1], y, [1, 2]), (3, 4), (4, 2))
case("einsum numbered with dots", np.transpose, lambda m, x: m.einsum(x, [..., 3], [3, ...]), (2, 3, 4))
case("einsum list", np.einsum, lambda m, x, y: m.einsum("ij,j->i", [x, y]), (3, 4), (4,))


def spd(m, x):
    """A symmetric positive definite matrix made of any matrix."""
    return x @ x.mT + 2.0 * m.eye(x.shape[-1], dtype=x.dtype)


SQUARE = invertible(3, 3)
BATCH = invertible(2, 3, 3)

case("inv", np.linalg.inv, lambda m, x: m.linalg.inv(x), SQUARE)
case("inv batch", np.linalg.inv, lambda m, x: m.linalg.inv(x), BATCH)
case("inverse", np.linalg.inv, lambda m, x: m.inverse(x), SQUARE)
case("x.inverse", np.linalg.inv, lambda m, x: x.inverse() @ x, SQUARE)
case("solve matrix", np.linalg.solve, lambda m, x, y: m.linalg.solve(x, y), SQUARE, (3, 2))
case("solve vector", np.linalg.solve, lambda m, x, y: m.linalg.solve(x, y), SQUARE, (3,))
case("solve batch", np.linalg.solve, lambda m, x, y: m.linalg.solve(x, y), BATCH, (2, 3, 2))
case("solve batch of vectors", np.linalg.solve, lambda m, x, y: m.linalg.solve(x, y), BATCH, (2, 3))
case("solve one matrix for a batch", np.linalg.solve, lambda m, x, y: m.linalg.solve(x, y), SQUARE, (2, 3, 4))
case("solve a batch for one side", np.linalg.solve, lambda m, x, y: m.linalg.solve(x, y), BATCH, (3, 4))
case("det", np.linalg.det, lambda m, x: m.linalg.det(x), SQUARE)
case("det batch", np.linalg.det, lambda m, x: m.det(x), BATCH)
case("x.det", np.linalg.det, lambda m, x: x.det(), SQUARE)
case("det of a singular matrix", np.linalg.det, lambda m, x: m.linalg.det(m.outer(x, x) * 2), distinct(3),
     second="the second derivative of torch divides by the determinant")
case("slogdet", M.logabsdet, lambda m, x: m.linalg.slogdet(x).sign.detach() * m.linalg.slogdet(x)[1], SQUARE)
case("slogdet batch", M.logabsdet, lambda m, x: m.slogdet(x)[1], BATCH)
case("slogdet named", M.logabsdet, lambda m, x: m.linalg.slogdet(x).logabsdet, SQUARE)
case("linalg.norm nuclear", M.svdvals, lambda m, x: m.linalg.norm(x, "nuc"), SQUARE,
     empty=EMPTY)
case("linalg.norm spectral", M.svdvals, lambda m, x: m.linalg.norm(x, 2), invertible(3, 4),
     empty=EMPTY)
case("linalg.norm nuclear of a tall matrix", M.svdvals, lambda m, x: m.linalg.norm(x, "nuc"), invertible(4, 3),
     empty=EMPTY)
case("linalg.norm nuclear of a wide matrix", M.svdvals, lambda m, x: m.linalg.norm(x, "nuc"), invertible(2, 4),
     empty=EMPTY)
case("polar factor", M.polar, lambda m, x: m.grad(m.linalg.norm(x, "nuc"), x, create_graph=True)[0], SQUARE,
     modes="it is the derivative of a norm", empty=EMPTY,
     second="singular values have no third derivative here")
case("logdet", M.logabsdet, lambda m, x: (x @ x.mT).logdet(), SQUARE)
case("matrix_norm", P.vector_norm, lambda m, x: m.linalg.matrix_norm(x), (2, 3, 4))
case("matrix_norm 1", (), lambda m, x: m.linalg.matrix_norm(x, 1, dim=(0, 2)), distinct(2, 3, 4), empty=EMPTY)
case("cholesky", np.linalg.cholesky, lambda m, x: m.linalg.cholesky(spd(m, x)), SQUARE)
case("cholesky batch", np.linalg.cholesky, lambda m, x: m.linalg.cholesky(spd(m, x)), BATCH)
case("cholesky upper", np.linalg.cholesky, lambda m, x: m.linalg.cholesky(spd(m, x), upper=True), SQUARE)
case("log density of a Gaussian", (np.linalg.cholesky, np.linalg.solve), lambda m, x,
     y: -0.5 * (y @ m.linalg.solve(spd(m, x), y))
     - m.log(m.diagonal(m.linalg.cholesky(spd(m, x)))).sum(), SQUARE, (3,))
