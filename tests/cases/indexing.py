"""Ops that pick numbers by position, and those that put them back."""

import numpy as np

from autograd.calculus import primitives as P
from tests.cases.case import chapter, distinct

CASES, case = chapter("array")

TIES = "torch leaves the order of equal elements open"
MASK = [[True, False, True, True], [False, False, True, False], [True, True, False, True]]


def index(name, pick, *shape):
    """`x[…]`; `pick(m)` builds the index, in the library's own tensors where it has tensors."""
    case(f"x[{name}]", P.getitem, lambda m, x: x[pick(m)], shape or (3, 4))


index("0", lambda m: 0)
index("-1", lambda m: -1)
index("1, 2", lambda m: (1, 2))
index("1:", lambda m: slice(1, None))
index(":-1", lambda m: slice(None, -1))
index("::2", lambda m: slice(None, None, 2))
index("1:1", lambda m: slice(1, 1))
index("5:", lambda m: slice(5, None))
index(":, 1", lambda m: (slice(None), 1))
index("1:, :2", lambda m: (slice(1, None), slice(None, 2)))
index("...", lambda m: ...)
index("..., 0", lambda m: (..., 0), 2, 3, 4)
index("0, ..., 1:", lambda m: (0, ..., slice(1, None)), 2, 3, 4)
index("None", lambda m: None)
index(":, None", lambda m: (slice(None), None))
index("..., None, 1", lambda m: (..., None, 1))
index("list", lambda m: [0, 2])
index("list with repeats", lambda m: [0, 0, 2, 0])
index("list of negatives", lambda m: [-1, 0, -1])
index("tensor", lambda m: m.tensor([2, 0]))
index("tensor with repeats", lambda m: m.tensor([1, 1, 1, 0]))
index("matrix of indices", lambda m: m.tensor([[0, 2], [2, 0]]))
index("scalar tensor", lambda m: m.tensor(1))
index("empty index", lambda m: m.tensor([], dtype=m.int64))
index("empty list", lambda m: [])
index("..., mask", lambda m: (..., m.tensor([True, False, True, True])), 2, 3, 4)
index("mask of two axes, 0", lambda m: (m.tensor([[True, False, True], [False, True, True]]), 0), 2, 3, 4)
index("..., mask of two axes", lambda m: (..., m.tensor(MASK)), 2, 3, 4)
index("mask array", lambda m: np.array(MASK))
index("array", lambda m: np.array([2, 0, 2]))
index(":, list", lambda m: (slice(None), [1, 1, 3]))
index("list, list", lambda m: ([0, 1, 0], [1, 2, 1]))
index("column, row", lambda m: (m.tensor([[0], [2]]), m.tensor([1, 3])))
index("0, list", lambda m: (0, [1, 2, 1]))
index("list, :, list", lambda m: ([0, 1, 1], slice(None), [1, 2, 2]), 2, 3, 4)
index(":, list, list", lambda m: (slice(None), [0, 1, 1], [1, 2, 2]), 2, 3, 4)
index("range", lambda m: range(2))
index("range, list", lambda m: (range(3), [0, 3, 1]))
index("..., list", lambda m: (..., [0, 0, 3]), 2, 3, 4)
index("list, None", lambda m: ([1, 1], None))
index("0, :, list", lambda m: (0, slice(None), [1, 2]), 2, 3, 4)
index("mask", lambda m: m.tensor(MASK))
index("mask of rows", lambda m: m.tensor([True, False, True]))
index("mask of columns", lambda m: (slice(None), m.tensor([True, False, True, True])))
index("mask of nothing", lambda m: m.tensor([False, False, False]))
index("mask, list", lambda m: (m.tensor([True, False, True]), [0, 1]))
index("True", lambda m: True)
case("x[x > 0]", P.getitem, lambda m, x: x[x > 0] ** 2, distinct(3, 4))
case("x[i][j]", P.getitem, lambda m, x: x[[0, 0, 2]][:, [1, 1]] ** 2, (3, 4))
case("an item used twice", P.getitem, lambda m, x: x[0] * x[1] + x[0], (3, 4))
case("vector item", P.getitem, lambda m, x: x[2] * x[2], (4,))

case("gather", P.getitem, lambda m, x: m.gather(x, 1, m.tensor([[0, 0, 3], [1, 2, 1]])), (3, 4))
case("x.gather", P.getitem, lambda m, x: x.gather(0, m.tensor([[0, 0], [2, 1], [2, 2]])) ** 2, (3, 4))
case("gather targets", P.getitem, lambda m, x: x.gather(-1, m.tensor([3, 0, 1]).unsqueeze(1)), (3, 4))
case("take_along_dim", P.getitem, lambda m, x: m.take_along_dim(x, m.tensor([[0], [3], [3]]), dim=1), (3, 4))
case("take_along_dim flat", P.getitem, lambda m, x: m.take_along_dim(x, m.tensor([0, 11, 11])), (3, 4),
     layout="torch cannot flatten these views here")
case("take_along_dim broadcast", P.getitem, lambda m, x: x.take_along_dim(m.tensor([[1, 1, 0]]), dim=-1), (3, 4))
case("index_select", P.getitem, lambda m, x: m.index_select(x, 0, m.tensor([2, 0, 2])), (3, 4))
case("x.index_select", P.getitem, lambda m, x: x.index_select(-1, m.tensor([3, 3])) ** 2, (3, 4))
case("masked_select", P.getitem, lambda m, x: m.masked_select(x, m.tensor(MASK)), (3, 4))
case("x.masked_select", P.getitem, lambda m, x: x.masked_select(x > 0) ** 2, distinct(3, 4))
case("masked_select broadcast", P.getitem, lambda m, x: x.masked_select(m.tensor([True, False, True, True])), (3, 4))
case("scatter_add", P.put, lambda m, x, y: m.scatter_add(x, 0, m.tensor([[0, 1, 2, 0], [0, 1, 0, 0]]), y), (3, 4),
     (2, 4))
case("x.scatter_add", P.put, lambda m, x, y: x.scatter_add(1, m.tensor([[0, 0, 0], [3, 3, 1]]), y) ** 2, (3, 4), (2, 3))
case("scatter_add part of a constant", None, lambda m,
     x: x.scatter_add(-1, m.tensor([[1, 1]]), m.ones(3, 4, dtype=x.dtype)), (3, 4))
case("sort", P.getitem, lambda m, x: m.sort(x).values, distinct(3, 4))
case("sort indices", None, lambda m, x: m.sort(x, stable=True).indices, distinct(3, 4))
case("sort descending", P.getitem, lambda m, x: tuple(m.sort(x, dim=0, descending=True)), distinct(3, 4), edges=TIES)
case("x.sort", P.getitem, lambda m, x: x.sort(0)[0] ** 2, distinct(3, 4))
case("sort stable descending", P.getitem, lambda m, x: tuple(x.sort(descending=True, stable=True)), distinct(3, 4))
case("argsort", None, lambda m, x: m.argsort(x, stable=True), distinct(3, 4))
case("argsort descending", None, lambda m, x: x.argsort(0, descending=True), distinct(3, 4), edges=TIES)
case("topk", P.getitem, lambda m, x: m.topk(x, 2).values, distinct(3, 4), edges=TIES)
case("topk indices", None, lambda m, x: x.topk(2).indices, distinct(3, 4), edges=TIES)
case("topk smallest", P.getitem, lambda m, x: x.topk(2, dim=0, largest=False).values ** 2, distinct(3, 4), edges=TIES)


# -- writing ----------------------------------------------------------------------------------------------------------


def written(x, *writes):
    """A copy of x after the writes, functions of it."""
    y = x * 1
    for write in writes:
        write(y)
    return y


def put(index, value):
    return lambda y: y.__setitem__(index, value)


case("x[i] = y", P.replace, lambda m, x, y: written(x, put(1, y)) ** 2, (3, 4), (4,))
case("x[i] = number", P.replace, lambda m, x: written(x, put((slice(None), 1), 2.0)) ** 2, (3, 4))
case("x[mask] = y", P.replace, lambda m, x, y: written(x, put(m.tensor(MASK), y)) ** 2, (3, 4), ())
case("x[list] = y", P.replace, lambda m, x, y: written(x, put([0, 2], y)) ** 2, (3, 4), (2, 4))
case("x[i, :, list] = y", P.replace, lambda m, x, y: written(x, put((0, slice(None), [2, 0]), y)) ** 2, (2, 3, 4),
     (3, 2))
case("x[i] = x[j]", P.replace, lambda m, x: written(x, lambda y: y.__setitem__(0, y[1] + y[2])) ** 2, (3, 4))
case("copy_", P.replace, lambda m, x, y: written(x, lambda t: t.copy_(y)) ** 2 + x, (3, 4), (4,))
case("fill_", P.replace, lambda m, x: written(x, lambda t: t.fill_(3.0)) * x, (3, 4),
     held="x is read for the gradient of a number, which goes nowhere")
case("a view written to", P.replace, lambda m, x: written(x, lambda t: t[1].mul_(3), lambda t: t.mT[0].add_(1)) ** 2,
     (3, 4))
case("views of a view", P.replace, lambda m, x, y: written(x, lambda t: t.reshape(-1)[2:8][::2].add_(y)) ** 2, (3, 4),
     (3,))

case("kthvalue", P.getitem, lambda m, x: m.kthvalue(x, 2).values, distinct(3, 4), edges=TIES, infinite=TIES)
case("x.kthvalue dim keepdim", P.getitem, lambda m, x: x.kthvalue(3, 0, True).values, distinct(3, 4), edges=TIES,
     infinite=TIES)
case("x.kthvalue of a number", np.copy, lambda m, x: x.kthvalue(1).values, ())
case("msort", P.getitem, lambda m, x: m.msort(x), distinct(3, 4))
case("x.msort", P.getitem, lambda m, x: x.msort(), distinct(4))
