"""Ops that write at places that an index names, and those that look for places."""

from autograd.calculus import primitives as P
from autograd.calculus import scatter_primitives as S
from tests.cases.case import away, chapter, distinct

CASES, case = chapter("array")

DIFFERENT = [[0, 1, 2, 0], [1, 2, 0, 2], [2, 0, 1, 1]]
SQUARE_PLACES = [[0, 1, 2, 0], [0, 1, 0, 0], [2, 2, 1, 1]]
MASK = [[True, False, True, True], [False, False, True, False], [True, True, False, True]]
ZEROS = "torch: NaN, or an error, where a factor is 0"
EXCLUDED = "torch counts what is excluded among the ties"

# torch takes no gradient of a src larger than the index.

case("scatter", P.replace, lambda m, x, y: m.scatter(x, 0, m.tensor(DIFFERENT), y) ** 2, (3, 4), (3, 4))
case("scatter to one place", P.replace, lambda m, x, y: m.scatter(x, 0, m.tensor(SQUARE_PLACES), y) ** 2, (3, 4),
     (3, 4), gradcheck="what is written over has the gradient of what is written last, as in torch")
case("x.scatter dim", P.replace, lambda m, x, y: x.scatter(1, m.tensor([[0, 3, 1, 2], [2, 1, 3, 0]]), y) ** 2, (3, 4),
     (2, 4))
case("scatter value", P.replace, lambda m, x: x.scatter(-1, m.tensor([[1], [0], [3]]), 2.5) ** 2, (3, 4))
case("scatter value by name", P.replace, lambda m, x: m.scatter(x, 0, m.tensor([[1, 0]]), value=2.5) ** 2, (3, 4))
case("scatter reduce", None, lambda m, x: tuple(
    m.scatter(x.detach(), 0, m.tensor(SQUARE_PLACES), value, reduce=reduce)
    for reduce in ("add", "multiply") for value in (x.detach(), 2.0)), (3, 4))


def scatter_reduce(reduce, key, spec, **without):
    def pick(self):
        return lambda m, x, y: m.scatter_reduce(x, 0, m.tensor(SQUARE_PLACES), y, reduce, include_self=self) ** 2

    case(f"scatter_reduce {reduce}", key, pick(True), spec, spec, **without)
    case(f"scatter_reduce {reduce} without self", key, pick(False), spec, spec, **without)


scatter_reduce("sum", P.put, distinct(3, 4))
scatter_reduce("mean", P.put, distinct(3, 4))
scatter_reduce("prod", S.scatter_product, away(3, 4), edges=ZEROS)
scatter_reduce("amax", S.scatter_extremum, distinct(3, 4), edges=EXCLUDED)
scatter_reduce("amin", S.scatter_extremum, distinct(3, 4), edges=EXCLUDED)
case("scatter_reduce amax ties", S.scatter_extremum, lambda m,
     x, y: m.scatter_reduce(x, 0, m.tensor(SQUARE_PLACES), y, "amax"), distinct(3, 4), distinct(3, 4))

case("index_add", P.put, lambda m, x, y: m.index_add(x, 0, m.tensor([2, 0, 2]), y) ** 2, (3, 4), (3, 4))
case("x.index_add alpha", P.put, lambda m, x, y: x.index_add(-1, m.tensor([3, 1]), y, alpha=-2.5) ** 2, (3, 4), (3, 2))
case("index_copy", P.replace, lambda m, x, y: m.index_copy(x, 0, m.tensor([2, 0]), y) ** 2, (3, 4), (2, 4))
case("x.index_copy", P.replace, lambda m, x, y: x.index_copy(1, m.tensor([2, 0]), y) ** 2, (3, 4), (3, 2))
case("index_fill", P.replace, lambda m, x: m.index_fill(x, 1, m.tensor([2, -4]), 1.5) ** 2, (3, 4))
case("x.index_fill of a tensor", P.replace, lambda m, x, y: x.index_fill(0, m.tensor([1]), y) ** 2, (3, 4), ())
case("index_put", P.replace, lambda m, x, y: m.index_put(x, (m.tensor([0, 2]), m.tensor([3, 1])), y) ** 2, (3, 4), (2,))
case("index_put rows", P.replace, lambda m, x, y: x.index_put((m.tensor([0, 2]),), y) ** 2, (3, 4), (4,))
case("index_put mask", P.replace, lambda m, x, y: x.index_put((m.tensor(MASK),), y) ** 2, (3, 4), ())
case("index_put accumulate", P.put, lambda m,
     x, y: x.index_put((m.tensor([0, 0]), m.tensor([3, 3])), y, accumulate=True) ** 2, (3, 4), (2,))
case("masked_scatter", P.replace, lambda m, x, y: m.masked_scatter(x, m.tensor(MASK), y) ** 2, (3, 4), (3, 4))
case("x.masked_scatter broadcast", P.replace, lambda m,
     x, y: x.masked_scatter(m.tensor([True, False, False, True]), y) ** 2, (3, 4), (3, 4))
case("put", P.replace, lambda m, x, y: m.put(x, m.tensor([[1, -1], [5, 0]]), y) ** 2, (3, 4), (2, 2))
case("x.put accumulate", P.put, lambda m, x, y: x.put(m.tensor([1, 1, 5]), y, accumulate=True) ** 2, (3, 4), (3,))
case("take", P.getitem, lambda m, x: m.take(x, m.tensor([[1, -1], [5, 1]])) ** 2, (3, 4))
case("x.take", P.getitem, lambda m, x: x.take(m.tensor([0, 0])), (3, 4))

# In place.


def written(write):
    """A function of x, which is written to as `write(m, x, …)` says."""

    def copy_and_write(m, x, *more):
        y = x * 1
        write(m, y, *more)
        return y**2

    return copy_and_write


case("scatter_", P.replace, written(lambda m, x, y: x.scatter_(0, m.tensor(DIFFERENT), y)), (3, 4), (3, 4))
case("scatter_ value", P.replace, written(lambda m, x: x.scatter_(1, m.tensor([[1], [0], [3]]), 1.0)), (3, 4))
case("index_add_", P.put, written(lambda m, x, y: x.index_add_(0, m.tensor([2, 2]), y)), (3, 4), (2, 4))
case("index_copy_", P.replace, written(lambda m, x, y: x.index_copy_(0, m.tensor([2, 0]), y)), (3, 4), (2, 4))
case("index_fill_", P.replace, written(lambda m, x: x.index_fill_(0, m.tensor([2, 0]), 3)), (3, 4))
case("index_put_", P.replace, written(lambda m, x, y: x.index_put_((m.tensor([2, 0]),), y)), (3, 4), (4,))
case("masked_scatter_", P.replace, written(lambda m, x, y: x.masked_scatter_(m.tensor(MASK), y)), (3, 4), (3, 4))
case("put_", P.replace, written(lambda m, x, y: x.put_(m.tensor([2, 0]), y)), (3, 4), (2,))

# Where, which and how many.

case("nonzero", None, lambda m, x: (m.nonzero(x), *x.nonzero(as_tuple=True), m.argwhere(x > 0)), distinct(3, 4))
case("count_nonzero", None, lambda m, x: (m.count_nonzero(x), x.count_nonzero(1), x.count_nonzero(dim=(0, 1))),
     distinct(3, 4))
case("unique", None, lambda m, x: m.unique(x.detach(), return_inverse=True, return_counts=True), distinct(3, 4))
case("unique_consecutive", None, lambda m, x: m.unique_consecutive(x.detach(), True, True), distinct(3, 4))
case("histc", None, lambda m, x: m.histc(x.detach(), 4, -2, 2), (3, 4))
case("searchsorted", None, lambda m,
     x: (m.searchsorted(m.arange(5, dtype=x.dtype), x.detach()), m.bucketize(x, m.arange(3.0), right=True)), (3, 4))
case("isin", None, lambda m, x: m.isin(x, x[0]), distinct(3, 4))

case("select_scatter", P.replace, lambda m, x, y: m.select_scatter(x, y, 1, -1) ** 2, (3, 4), (3,))
case("x.select_scatter vector", P.replace, lambda m, x, y: x.select_scatter(y, 0, 1) ** 2, (3,), ())
case("slice_scatter", P.replace, lambda m, x, y: m.slice_scatter(x, y, 1, 1, -1) ** 2, (3, 4), (3, 2))
case("x.slice_scatter step", P.replace, lambda m, x, y: x.slice_scatter(y, start=-9, step=2) ** 2, (3, 4), (2, 4))
case("diagonal_scatter", P.replace, lambda m, x, y: m.diagonal_scatter(x, y) ** 2, (3, 4), (3,))
case("x.diagonal_scatter dims", P.replace, lambda m, x, y: x.diagonal_scatter(y, -1, 2, 0) ** 2, (3, 2, 4), (2, 3))
case("index_reduce prod", S.scatter_product, lambda m, x, y: m.index_reduce(x, 0, m.tensor([0, 2, 0]), y, "prod") ** 2,
     away(3, 4), away(3, 4), edges=ZEROS)
case("x.index_reduce mean", P.put, lambda m, x, y: x.index_reduce(
    1, m.tensor([3, 3]), y, "mean", include_self=False) ** 2, (3, 4), (3, 2))
case("x.index_reduce amax", S.scatter_extremum, lambda m, x, y: x.index_reduce(
    -1, m.tensor([3, 0]), y, "amax") ** 2, distinct(3, 4), distinct(3, 2))
