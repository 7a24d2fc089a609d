"""Distances, and products over several axes or added to something."""

import numpy as np

from autograd.calculus import primitives as P
from tests.cases.case import away, chapter, distinct

CASES, case = chapter("linalg")

NONE = "torch has no second derivative of these"

case("cdist", P.vector_norm, lambda m, x, y: m.cdist(x, y), (3, 4), (2, 4), second=NONE)
case("cdist of batches", P.vector_norm, lambda m, x, y: m.cdist(x, y), (2, 3, 4), (5, 4), second=NONE)
for p in (0.5, 1.0, 1.5, 3.0, float("inf")):
    case(f"cdist p {p}", P.vector_norm, lambda m, x, y, p=p: m.cdist(x, y, p), distinct(3, 4), away(2, 4),
         second=NONE)
case("cdist by products", np.sqrt, lambda m, x, y: m.cdist(x, y, compute_mode="use_mm_for_euclid_dist"), (3, 4), (2, 4))
case("cdist of many", np.sqrt, lambda m, x, y: m.cdist(x, y), (3, 4), (27, 4))
case("cdist to itself", P.vector_norm, lambda m, x: m.cdist(x, x.detach()), (3, 4),
     gradcheck="a distance has a kink at 0", second=NONE)
case("pairwise_distance", P.vector_norm, lambda m, x, y: m.pairwise_distance(x, y), (3, 4), (3, 4))
case("pairwise_distance keepdim", P.vector_norm, lambda m, x, y: m.pairwise_distance(x, y, 1, 1e-3, True), (3, 4), (4,))
case("cosine_similarity", P.vector_norm, lambda m, x, y: m.cosine_similarity(x, y), (3, 4), (3, 4))
case("cosine_similarity dim eps", P.vector_norm, lambda m, x, y: m.cosine_similarity(x, y, dim=0, eps=0.01), (3, 4),
     (4,))
case("dist", P.vector_norm, lambda m, x, y: m.dist(x, y), (3, 4), (4,))
case("x.dist p", P.vector_norm, lambda m, x, y: x.dist(y, 3), away(3, 4), (3, 4))
case("renorm", P.vector_norm, lambda m, x: m.renorm(x, 2, 0, 1.5), (3, 4))
case("x.renorm dim", P.vector_norm, lambda m, x: x.renorm(1, -1, 1.0), away(2, 3, 4))

case("addmm", np.matmul, lambda m, x, y, z: m.addmm(x, y, z), (3, 2), (3, 4), (4, 2))
case("x.addmm beta alpha", np.matmul, lambda m, x, y, z: x.addmm(y, z, beta=0.5, alpha=-2), (2,), (3, 4), (4, 2))
case("addmm beta 0", np.matmul, lambda m, x, y, z: m.addmm(x, y, z, beta=0), (2,), (3, 4), (4, 2))
case("addmv", np.matmul, lambda m, x, y, z: m.addmv(x, y, z, alpha=3), (3,), (3, 4), (4,))
case("addr", np.multiply, lambda m, x, y, z: m.addr(x, y, z, beta=2), (3, 4), (3,), (4,))
case("baddbmm", np.matmul, lambda m, x, y, z: m.baddbmm(x, y, z, beta=2), (3, 1), (2, 3, 4), (2, 4, 5))
case("addbmm", np.matmul, lambda m, x, y, z: m.addbmm(x, y, z, alpha=2), (3, 5), (2, 3, 4), (2, 4, 5))
case("addmm_", np.matmul, lambda m, x, y, z: (x * 1).addmm_(y, z, alpha=2), (3, 2), (3, 4), (4, 2))

case("tensordot", np.matmul, lambda m, x, y: m.tensordot(x, y, 1), (3, 4), (4, 2))
case("tensordot 2", np.matmul, lambda m, x, y: m.tensordot(x, y), (2, 3, 4), (3, 4, 5))
case("tensordot 0", np.matmul, lambda m, x, y: m.tensordot(x, y, dims=0), (3,), (2, 4))
case("tensordot dims", np.matmul, lambda m, x, y: m.tensordot(x, y, ([0, -1], [1, 0])), (2, 3, 4), (4, 2, 5))
case("inner", np.matmul, lambda m, x, y: m.inner(x, y), (2, 3, 4), (5, 4))
case("inner of a number", np.multiply, lambda m, x, y: x.inner(y), (3, 4), ())
case("vdot", np.matmul, lambda m, x, y: m.vdot(x, y), (4,), (4,))
case("kron", np.multiply, lambda m, x, y: m.kron(x, y), (3, 4), (2, 2))
case("x.kron", np.multiply, lambda m, x, y: x.kron(y), (3,), (2, 1, 4), layout="torch cannot view some of these")
case("cross", np.subtract, lambda m, x, y: m.cross(x, y), (2, 3), (2, 3))
case("x.cross dim", np.subtract, lambda m, x, y: x.cross(y, 0), (3, 4), (3, 4))
case("linalg.cross", np.subtract, lambda m, x, y: m.linalg.cross(x, y), (4, 3), (1, 3))
case("chain_matmul", np.matmul, lambda m, x, y, z: m.chain_matmul(x, y, z), (2, 3), (3, 4), (4, 5))
case("linalg.multi_dot", np.matmul, lambda m, x, y, z: m.linalg.multi_dot([x, y, z]), (3,), (3, 4), (4,))
case("linalg.vecdot of rows", np.vecdot, lambda m, x, y: m.linalg.vecdot(x, y), (3, 4), (4,))
case("linalg.vecdot dim", np.sum, lambda m, x, y: m.linalg.vecdot(x, y, dim=0), (3, 4), (3, 4))
case("linalg.diagonal", P.diagonal, lambda m, x: m.linalg.diagonal(x, offset=1), (2, 3, 4))
case("linalg.matmul", np.matmul, lambda m, x, y: m.linalg.matmul(x, y), (3, 4), (4,))
