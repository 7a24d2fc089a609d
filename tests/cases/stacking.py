"""Ops that put tensors together, take them apart, turn them, and lay out grids."""

import numpy as np

from autograd.calculus import primitives as P
from tests.cases.case import away, chapter, positive
from tests.cases.reductions import CUMPROD

CASES, case = chapter("array")

case("vstack", np.concatenate, lambda m, x, y: m.vstack([x, y]), (3, 4), (4,))
case("row_stack", np.concatenate, lambda m, x, y: m.row_stack([x, y, x]), (3,), (3,))
case("hstack", np.concatenate, lambda m, x, y: m.hstack((x, y)), (3, 4), (3, 2))
case("hstack vectors", np.concatenate, lambda m, x, y: m.hstack((x, y)), (3,), (2,))
case("dstack", np.concatenate, lambda m, x, y: m.dstack((x, y)), (3, 4), (3, 4))
case("dstack vectors", np.concatenate, lambda m, x, y: m.dstack((x, y)), (3,), (3,))
case("column_stack", np.concatenate, lambda m, x, y: m.column_stack((x, y)), (3,), (3, 2))
case("block_diag", (np.concatenate, P.pad), lambda m, x, y: m.block_diag(x, y, x[0]), (3, 4), (2, 1))
case("atleast_1d", np.reshape, lambda m, x: m.atleast_1d(x) ** 2, ())
case("atleast_2d", np.reshape, lambda m, x, y: m.atleast_2d(x, y), (3,), ())
case("atleast_3d", np.reshape, lambda m, x, y: m.atleast_3d((x, y)), (3, 4), (3,))

case("tensor_split", P.getitem, lambda m, x: m.tensor_split(x, 3, dim=1), (3, 4))
case("x.tensor_split at", P.getitem, lambda m, x: x.tensor_split([1, 5, 2]), (3, 4))
case("tensor_split by a tensor", P.getitem, lambda m, x: x.tensor_split(m.tensor([1, 2])), (3, 4))
case("hsplit", P.getitem, lambda m, x: m.hsplit(x, 2), (3, 4))
case("x.hsplit at", P.getitem, lambda m, x: x.hsplit([1, 3]), (6,))
case("vsplit", P.getitem, lambda m, x: m.vsplit(x, 3), (3, 4))
case("dsplit", P.getitem, lambda m, x: x.dsplit([1]), (2, 3, 4))

case("rot90", (np.flip, np.transpose), lambda m, x: m.rot90(x), (3, 4))
case("x.rot90 k dims", (np.flip, np.transpose), lambda m, x: x.rot90(-1, (0, 2)), (2, 3, 4))
case("rot90 twice", np.flip, lambda m, x: x.rot90(2, [1, 0]), (3, 4))
case("rot90 never", np.copy, lambda m, x: m.rot90(x, 4), (3, 4))
case("fliplr", np.flip, lambda m, x: m.fliplr(x), (2, 3, 4))
case("x.fliplr", np.flip, lambda m, x: x.fliplr(), (3, 4))
case("flipud", np.flip, lambda m, x: m.flipud(x), (3, 4))
case("x.flipud", np.flip, lambda m, x: x.flipud(), (3,))

case("meshgrid", np.broadcast_to, lambda m, x, y: m.meshgrid(x, y, indexing="ij"), (3,), (4,))
case("meshgrid xy", np.broadcast_to, lambda m, x, y: m.stack(m.meshgrid([x, y, x], indexing="xy")), (3,), (4,))
case("cartesian_prod", np.stack, lambda m, x, y: m.cartesian_prod(x, y, x), (3,), (2,))
case("combinations", P.getitem, lambda m, x: m.combinations(x), (4,))
case("combinations with replacement", P.getitem, lambda m, x: m.combinations(x, 3, with_replacement=True), (3,))
case("vander", None, lambda m, x: m.vander(x.detach()), away(4))
case("vander increasing", None, lambda m, x: m.vander(x.detach(), 3, increasing=True), away(4))
case("linalg.vander", np.cumprod, lambda m, x: m.linalg.vander(x, N=3), positive(2, 4), infinite=CUMPROD)

case("split_with_sizes", P.getitem, lambda m, x: m.split_with_sizes(x, [1, 3], -1), (3, 4))
case("x.split_with_sizes", P.getitem, lambda m, x: x.split_with_sizes((1, 0, 2)), (3, 4))
case("unsafe_split", P.getitem, lambda m, x: m.unsafe_split(x, 3, dim=1), (3, 4))
case("x.unsafe_split_with_sizes", P.getitem, lambda m, x: x.unsafe_split_with_sizes([2, 1]), (3, 4))
case("unsafe_chunk", P.getitem, lambda m, x: m.unsafe_chunk(x, 3, dim=1), (3, 4))
case("narrow_copy", (P.getitem, np.copy), lambda m, x: m.narrow_copy(x, 1, -3, 2), (3, 4))
case("diagflat", P.embed_diagonal, lambda m, x: m.diagflat(x, -1), (3, 2))
case("x.diagflat of a number", P.embed_diagonal, lambda m, x: x.diagflat(), ())
case("x.sum_to_size", np.sum, lambda m, x: x.sum_to_size(1, 4) ** 2, (2, 3, 4))
case("x.sum_to_size vector", np.sum, lambda m, x: x.sum_to_size((1,)) ** 2, (3, 4))
case("as_strided", P.getitem, lambda m, x: (x * 1).as_strided((2, 3), (4, 2), 1) ** 2, (3, 4), infinite="by place")
case("as_strided windows", P.getitem, lambda m, x: m.as_strided(x * 1, (3, 2), (1, 1)) ** 2, (4,), infinite="by place")
