"""Wrong uses, one row each: an expression of the library `m` and operands `t` that must be refused.

`words` must all stand in our message (in any case): the op or the argument, what was given, what to do. `given`
prepares something valid before the wrong use. `instead` is the exception where torch has none to compare with, or
another for the reason that the row gives.
"""

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch

import autograd
from autograd.core.ops import OPS
from nn import functional as F


class Wrong(NamedTuple):
    """One wrong use."""

    name: str
    use: Callable
    words: str
    given: Callable | None = None
    instead: Any = None
    reason: str = ""


def operands(m):
    """The operands of every row, the same numbers in both libraries."""
    x = (np.arange(12.0, dtype=np.float32).reshape(3, 4) - 5.5) / 4
    leaf = {
        "x": x, "w": x.T, "b": np.ones(5), "weight": np.ones((2, 5)), "cube": np.ones((2, 3, 4)), "s": np.ones(()),
        "empty": np.ones((0, 4)), "singular": np.ones((3, 3)),
    }  # fmt: skip
    rest = {
        "n": np.arange(12).reshape(3, 4), "labels": np.array([0, 3, 1]), "far": np.array([0, 9, 1]),
        "places": np.array([[0, 1], [2, 0], [1, 1]]), "mask": x > 0, "values": x.copy(),
    }  # fmt: skip
    made = {name: m.tensor(a.astype(np.float32), requires_grad=True) for name, a in leaf.items()}
    made |= {name: m.tensor(a) for name, a in rest.items()}
    return SimpleNamespace(**made, F=torch.nn.functional if m is torch else FUNCTIONAL)


FUNCTIONAL = SimpleNamespace(linear=F.linear, cross_entropy=F.cross_entropy, pad=autograd.pad,
                             one_hot=autograd.one_hot, fold=autograd.fold)  # fmt: skip


def assign(target, name, value):
    setattr(target, name, value)


def put(target, index, value):
    target[index] = value


def add_in_place(target, value):
    target += value


def squared(m, t):
    return (t.x * t.x).sum()


def walked(m, t):
    loss = squared(m, t)
    loss.backward()
    return loss


def overwritten(m, t):
    h = t.x * 1.0
    loss = (h * h).sum()
    with m.no_grad():
        h += 1.0
    return loss


def gradient(m, *args):
    return (m.autograd if m is torch else m).grad(*args)


def with_hook(m, t):
    h = t.x * 2.0
    h.register_hook(lambda g: g.sum())
    return h.sum()


def without_rule(m, t):
    return m.primitive(lambda x: x)(t.x)


def changes_shape(m, t):
    """An op whose rule gives a gradient of the wrong shape, applied."""
    if m is torch:
        class Broken(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.clone()

            @staticmethod
            def backward(ctx, g):
                return g[:2]

        return Broken.apply(t.x).sum()

    def broken(x):
        return x.copy()

    key = autograd.primitive(broken)
    autograd.define(key, lambda g: g[:2])
    loss = key(t.x).sum()
    del OPS[key]  # the table is the same for all tests
    return loss


SHAPES = [
    Wrong("shapes that do not broadcast", lambda m, t: t.x + t.w, "add [3, 4] [4, 3] size dimension"),
    Wrong("a bias of the wrong length", lambda m, t: t.x * t.b, "mul [3, 4] [5] dimension 1"),
    Wrong("a comparison of shapes that do not broadcast", lambda m, t: t.x < t.w, "lt [3, 4] [4, 3]"),
    Wrong("where of shapes that do not broadcast", lambda m, t: m.where(t.mask, t.x, t.w), "where [3, 4] [4, 3]"),
    Wrong("matmul of inner sizes that differ", lambda m, t: t.x @ t.x, "matmul [3, 4] 4 3"),
    Wrong("matmul of a vector of the wrong length", lambda m, t: t.x @ t.b, "matmul [3, 4] [5]"),
    Wrong("matmul of batches that differ", lambda m, t: t.cube @ m.zeros(3, 4, 5), "matmul [2, 3, 4] [3, 4, 5]"),
    Wrong("matmul with a 0-d tensor", lambda m, t: t.x @ t.s, "matmul 1D"),
    Wrong("mm of three dimensions", lambda m, t: m.mm(t.cube, t.w), "mm [2, 3, 4]"),
    Wrong("bmm of matrices", lambda m, t: m.bmm(t.x, t.w), "bmm 3D [3, 4]"),
    Wrong("dot of matrices", lambda m, t: m.dot(t.x, t.w), "dot 1D [3, 4]"),
    Wrong("linear with the wrong number of features", lambda m, t: t.F.linear(t.x, t.weight),
          "linear [3, 4] in_features 5"),
    Wrong("linear with a bias of the wrong length", lambda m, t: t.F.linear(t.b, t.weight, t.b), "linear [5] [2"),
    Wrong("reshape to another number of elements", lambda m, t: t.x.reshape(5, 2), "reshape [3, 4] [5, 2] 12"),
    Wrong("reshape with two sizes to infer", lambda m, t: t.x.reshape(-1, -1), "reshape [3, 4] -1"),
    Wrong("expand of a size that is not 1", lambda m, t: t.x.expand(3, 5), "expanded (5) (4) dimension 1"),
    Wrong("expand to fewer dimensions", lambda m, t: t.x.expand(4), "expand sizes (1) dimensions (2)"),
    Wrong("cat of shapes that differ elsewhere", lambda m, t: m.cat([t.x, t.w]), "[3, 4] [4, 3] dimension 0 tensor 1"),
    Wrong("cat of 0-d tensors", lambda m, t: m.cat([t.s, t.s]), "zero-dimensional concatenated stack"),
    Wrong("cat of nothing", lambda m, t: m.cat([]), "cat() non-empty list"),
    Wrong("stack of shapes that differ", lambda m, t: m.stack([t.x, t.w]), "stack equal size [3, 4] [4, 3] entry 1"),
    Wrong("permute with a dimension missing", lambda m, t: t.cube.permute(0, 1), "permute 3 2"),
    Wrong("permute with a dimension twice", lambda m, t: t.x.permute(0, 0), "0 multiple"),
    Wrong("transpose of a dimension there is not", lambda m, t: t.x.transpose(0, 2), "range [-2, 1] got 2"),
    Wrong("squeeze of a dimension there is not", lambda m, t: t.x.squeeze(5), "range [-2, 1] got 5"),
    Wrong("unsqueeze too far out", lambda m, t: t.x.unsqueeze(4), "range [-3, 2] got 4"),
    Wrong("flatten backwards", lambda m, t: t.cube.flatten(2, 1), "flatten start_dim (2) end_dim (1)"),
    Wrong("split sizes that do not sum up", lambda m, t: t.x.split([1, 1]), "split [1, 1] sum 3"),
    Wrong("a split size below zero", lambda m, t: t.x.split(-1), "split -1"),
    Wrong("no chunks at all", lambda m, t: t.x.chunk(0), "chunk greater than 0"),
    Wrong("repeat with too few counts", lambda m, t: t.x.repeat(2), "repeat (1) (2)"),
    Wrong("padding an odd number of sides", lambda m, t: t.F.pad(t.x, (1, 2, 3)), "padding length even [1, 2, 3]"),
    Wrong("columns that fold to no image", lambda m, t: t.F.fold(t.cube, (4, 4), 2), "fold [2, 3, 4]"),
    Wrong("einsum with too few operands", lambda m, t: m.einsum("ij,jk->ik", t.x), "einsum operands 2 1"),
    Wrong("einsum with sizes that differ", lambda m, t: m.einsum("ij,jk->ik", t.x, t.x), "einsum j 3 4 operand 1"),
    Wrong("einsum with too few indices", lambda m, t: m.einsum("i->i", t.x), "einsum (1) (2) operand 0"),
    Wrong("einsum with an output from nowhere", lambda m, t: m.einsum("ij->iz", t.x), "einsum z output"),
    Wrong("dimensions moved to fewer places", lambda m, t: t.cube.movedim((0, 1), (2,)), "movedim [0, 1] [2]"),
    Wrong("a 0-d tensor split", lambda m, t: t.s.split(1), "split 0-d"),
    Wrong("a 0-d tensor in chunks", lambda m, t: t.s.chunk(1), "chunk 0-d"),
    Wrong("a 0-d tensor narrowed", lambda m, t: t.s.narrow(0, 0, 1), "narrow 0-d"),
    Wrong("broadcast_tensors that do not", lambda m, t: m.broadcast_tensors(t.x, t.w), "[3, 4] [4, 3] dimension 1"),
    Wrong("repeats below zero", lambda m, t: t.x.repeat_interleave(-1, 0), "repeat_interleave non-negative -1"),
    Wrong("repeats for other elements", lambda m, t: t.x.repeat_interleave(t.labels, 1), "repeat_interleave 3 [3, 4]"),
    Wrong("windows without a step", lambda m, t: t.x.unfold(0, 1, 0), "step 0"),
]

REDUCTIONS = [
    Wrong("sum over a dimension there is not", lambda m, t: t.x.sum(2), "range [-2, 1] got 2"),
    Wrong("sum over a dimension twice", lambda m, t: t.x.sum((0, 0)), "0 multiple"),
    Wrong("max of nothing", lambda m, t: t.empty.max(), "max dim [0, 4]"),
    Wrong("amax over a dimension of nothing", lambda m, t: t.empty.amax(0), "amax dim 0 non-zero size"),
    Wrong("argmax of nothing", lambda m, t: t.empty.argmax(), "argmax dim"),
    Wrong("mean of integers", lambda m, t: t.n.mean(), "mean int64 float()"),
    Wrong("std of integers", lambda m, t: t.n.std(), "std int64 float"),
    Wrong("softmax over a dimension there is not", lambda m, t: m.softmax(t.x, 3), "range [-2, 1] got 3"),
    Wrong("cumsum over a dimension there is not", lambda m, t: t.x.cumsum(-3), "range [-2, 1] got -3"),
    Wrong("max of everything with keepdim", lambda m, t: t.x.max(keepdim=True), "max keepdim dim"),
    Wrong("median of everything with keepdim", lambda m, t: t.x.median(keepdim=True), "median keepdim dim"),
    Wrong("more of the largest than there are", lambda m, t: t.x.topk(5), "k 5 4"),
]

INDEXING = [
    Wrong("an index out of range", lambda m, t: t.x[3], "index 3 size 3"),
    Wrong("too many indices", lambda m, t: t.x[0, 0, 0], "too many indices 2"),
    Wrong("an index of a 0-d tensor", lambda m, t: t.s[0], "0-dim item()"),
    Wrong("a float as index", lambda m, t: t.x[1.0], "integers slices float 1.0"),
    Wrong("a float tensor as index", lambda m, t: t.x[t.values], "long bool float32"),
    Wrong("a text as index", lambda m, t: t.x["a"], "integers slices str"),
    Wrong("a mask of another shape", lambda m, t: t.x[t.mask[:2]], "[3, 4]"),
    Wrong("an index list out of range", lambda m, t: t.x[[0, 7]], "index 7 size 3"),
    Wrong("gather with a float index", lambda m, t: t.x.gather(1, t.values), "gather int64 float32"),
    Wrong("gather with an index out of range", lambda m, t: t.x.gather(1, t.n), "gather index 4 dimension 1 size 4"),
    Wrong("gather with an index of other dimensions", lambda m, t: t.x.gather(1, t.labels),
          "gather dimensions [3] [3, 4]"),
    Wrong("index_select with a matrix", lambda m, t: t.x.index_select(0, t.places), "index_select vector [3, 2]"),
    Wrong("index_select out of range", lambda m, t: t.x.index_select(0, t.far), "index_select 9"),
    Wrong("two places of a 0-d tensor", lambda m, t: t.s.index_select(0, t.labels[:2] * 0), "index_select 1 2"),
    Wrong("masked_select with a mask that does not broadcast", lambda m, t: t.x.masked_select(t.mask.T),
          "masked_select [3, 4] [4, 3]"),
    Wrong("take_along_dim of sizes that do not broadcast", lambda m, t: t.x.take_along_dim(t.places.T, 1),
          "take_along_dim [3, 1] [2, 1]"),
    Wrong("masked_select with integers", lambda m, t: t.x.masked_select(t.n), "masked_select bool int64"),
    Wrong("masked_fill with integers", lambda m, t: t.x.masked_fill(t.n, 0.0), "masked_fill boolean int64"),
    Wrong("where with a float condition", lambda m, t: m.where(t.values, t.x, t.x), "where bool float32"),
    Wrong("one_hot with too few classes", lambda m, t: t.F.one_hot(t.labels, 3), "class smaller 3"),
    Wrong("one_hot of nothing", lambda m, t: t.F.one_hot(t.labels[:0]), "classes empty num_classes"),
    Wrong("one_hot of floats", lambda m, t: t.F.one_hot(t.values), "one_hot float32"),
    Wrong("a diagonal of one dimension twice", lambda m, t: t.x.diagonal(0, 1, 1), "diagonal identical 1"),
    Wrong("a triangle of a vector", lambda m, t: t.b.tril(), "tril 2 dimensions [5]"),
]

CREATION = [
    Wrong("rows of different lengths", lambda m, t: m.tensor([[1.0, 2.0], [3.0]]), "length 2"),
    Wrong("texts", lambda m, t: m.tensor(["a", "b"]), "str"),
    Wrong("None", lambda m, t: m.tensor(None), "NoneType"),
    Wrong("an array of objects", lambda m, t: m.tensor(np.array([1, None])), "object numbers"),
    Wrong("a size below zero", lambda m, t: m.zeros(2, -1), "negative dimension -1 [2, -1]"),
    Wrong("a size that is no integer", lambda m, t: m.ones(2.5), "float integer"),
    Wrong("arange that never arrives", lambda m, t: m.arange(0, 5, 0), "step nonzero"),
    Wrong("arange away from its end", lambda m, t: m.arange(5, 0, 1), "bound step 5 0 1"),
    Wrong("linspace of fewer than no steps", lambda m, t: m.linspace(0, 1, -1), "steps non-negative -1"),
    Wrong("eye below zero", lambda m, t: m.eye(-1), "n greater -1"),
    Wrong("randint from nothing", lambda m, t: m.randint(3, 3, (2,)), "from=3 to=3"),
    Wrong("a permutation of fewer than none", lambda m, t: m.randperm(-3), "negative -3"),
    Wrong("a probability above 1", lambda m, t: m.bernoulli(t.n * 1.0), "bernoulli [0, 1]"),
    Wrong("a negative standard deviation", lambda m, t: m.normal(0.0, -1.0, (2,)), "std -1"),
    Wrong("negative standard deviations", lambda m, t: m.normal(0.0, -t.x), "std >= 0.0"),
    Wrong("a mean of integers", lambda m, t: m.normal(t.n, 1.0), "int64"),
    Wrong("a normal distribution without a size", lambda m, t: m.normal(0.0, 1.0), "normal size"),
    Wrong("a size beside a tensor of means", lambda m, t: m.normal(t.x, 1.0, size=(3, 4)), "normal size"),
    Wrong("integers that require grad", lambda m, t: m.tensor([1, 2], requires_grad=True), "floating require int64"),
    Wrong("requires_grad_ on integers", lambda m, t: t.n.requires_grad_(), "floating int64"),
    Wrong("a device there is not", lambda m, t: t.x.to("cuda"), "cuda cpu"),
]  # fmt: skip

DTYPES = [
    Wrong("clamp without bounds", lambda m, t: t.x.clamp(), "clamp min max"),
    Wrong("minus a bool tensor", lambda m, t: -t.mask, "bool -"),
    Wrong("the difference of bool tensors", lambda m, t: t.mask - t.mask, "bool - logical_xor"),
    Wrong("an integer to the power of a negative one", lambda m, t: t.n ** -1, "negative powers integer"),
    Wrong("a text added", lambda m, t: t.x + "a", "str"),
    Wrong("None added", lambda m, t: t.x + None, "NoneType"),
    Wrong("a text by a method", lambda m, t: t.x.pow("a"), "pow() 'other' (position 2) Tensor not str"),
    Wrong("a comparison with a text", lambda m, t: m.lt(t.x, "a"), "lt() 'other' (position 2) Tensor not str"),
    Wrong("a comparison with None by a method", lambda m, t: t.x.eq(None),
          "eq() 'other' (position 2) Tensor not NoneType"),
    Wrong("a list by a method", lambda m, t: t.x.mul([1.0, 2.0]),
          "mul() 'other' (position 2) Tensor not list autograd.tensor(...)"),
    Wrong("the matrix norm of vectors", lambda m, t: m.linalg.norm(t.x, "fro", 1), "linalg fro dim 1"),
    Wrong("a function of no tensor", lambda m, t: m.exp(2.0), "exp tensor float autograd.tensor"),
    Wrong("an unknown rounding mode", lambda m, t: m.div(t.x, 2.0, rounding_mode="up"), "rounding_mode up floor trunc"),
    Wrong("the inverse of a matrix that is not square", lambda m, t: m.linalg.inv(t.x), "inv square [3, 4]"),
    Wrong("the inverse of a singular matrix", lambda m, t: m.linalg.inv(t.singular), "inv singular [3, 3]"),
    Wrong("the inverse of integers", lambda m, t: m.linalg.inv(t.n), "inv int64"),
    Wrong("the solution with a singular matrix", lambda m, t: m.linalg.solve(t.singular, t.x), "solve singular"),
    Wrong("the Cholesky factor of a matrix that has none", lambda m, t: m.linalg.cholesky(-t.singular),
          "cholesky positive-definite"),
    Wrong("a product of two dtypes", lambda m, t: t.x @ t.w.double(), "m1 m2 dtype float != double"),
    Wrong("a product of integers and floats", lambda m, t: m.mm(t.n, t.w), "m1 m2 dtype long"),
    Wrong("a layer of another dtype", lambda m, t: t.F.linear(t.x.double(), t.x), "mat1 mat2 dtype Double and Float"),
    Wrong("a layer given integers", lambda m, t: t.F.linear(t.n, t.x), "mat1 mat2 dtype Long and Float"),
    Wrong("det of a vector", lambda m, t: m.linalg.det(t.b), "det [5]"),
]

LOSSES = [
    Wrong("a class out of range", lambda m, t: t.F.cross_entropy(t.x, t.far), "target 9 out of bounds [3, 4]"),
    Wrong("labels of another batch", lambda m, t: t.F.cross_entropy(t.w, t.labels), "batch_size (4) (3)"),
    Wrong("labels as floats", lambda m, t: t.F.cross_entropy(t.x, t.values[:, 0]), "dtype long float32 .long()"),
    Wrong("labels of too many dimensions", lambda m, t: t.F.cross_entropy(t.x, t.places), "[3, 4] [3, 2]"),
    Wrong("integer logits", lambda m, t: t.F.cross_entropy(t.n, t.labels), "cross_entropy int64"),
    Wrong("an unknown reduction", lambda m, t: t.F.cross_entropy(t.x, t.labels, reduction="max"), "max mean sum"),
    Wrong("too much label smoothing", lambda m, t: t.F.cross_entropy(t.x, t.labels, label_smoothing=2.0),
          "label_smoothing 2.0"),
]

GRADIENTS = [
    Wrong("backward from many elements", lambda m, t, y: y.backward(), "scalar [3, 4] sum()", lambda m, t: t.x * 2.0),
    Wrong("backward without a graph", lambda m, t: t.values.sum().backward(), "does not require grad"),
    Wrong("backward with a gradient of another shape", lambda m, t, y: y.backward(m.ones(4)), "shape [4] [3, 4]",
          lambda m, t: t.x * 2.0),
    Wrong("backward twice", lambda m, t, y: y.backward(), "second time retain_graph=True mul", walked),
    Wrong("backward through a value that was written to", lambda m, t, y: y.backward(),
          "inplace mul [3, 4] errors.py clone()", overwritten),
    Wrong("a hook that changes the shape", lambda m, t, y: y.backward(), "hook [3, 4]", with_hook),
    Wrong("a rule that changes the shape", lambda m, t, y: y.backward(), "broken [2, 4] [3, 4] rule", changes_shape),
    Wrong("a hook on what requires no grad", lambda m, t: t.values.register_hook(print), "hook require"),
    Wrong("retain_grad on what requires no grad", lambda m, t: t.values.retain_grad(),
          "retain_grad requires_grad=False"),
    Wrong("grad of an input that is not used", lambda m, t, y: gradient(m, y, t.w),
          "input 0 [4, 3] allow_unused", squared),
    Wrong("grad of an input that requires no grad", lambda m, t, y: gradient(m, y, t.values),
          "[3, 4] requires_grad=True", squared),
    Wrong("backward to no inputs", lambda m, t, y: y.backward(inputs=[]), "inputs empty", squared),
    Wrong("a gradient of another shape", lambda m, t: assign(t.x, "grad", m.ones(2)), "[2] [3, 4]"),
    Wrong("a gradient of another dtype", lambda m, t: assign(t.x, "grad", t.x.detach().double()), "float64 float32"),
    Wrong("a gradient that is no tensor", lambda m, t: assign(t.x, "grad", 1.0), "float"),
    Wrong("requires_grad taken from a computed tensor", lambda m, t, y: assign(y, "requires_grad", False),
          "leaf detach()", squared),
    Wrong("a primitive without a rule", without_rule, "rule define", None, NotImplementedError,
          "torch has no such table"),
    Wrong("a deep copy of a computed tensor", lambda m, t, y: copy.deepcopy(y), "deepcopy detach() sum", squared),
]  # fmt: skip

WRITES = [
    Wrong("+= on a leaf", lambda m, t: add_in_place(t.x, 1.0), "add_ leaf no_grad"),
    Wrong("mul_ on a leaf", lambda m, t: t.x.mul_(2.0), "mul_ leaf no_grad"),
    Wrong("zero_ on a leaf", lambda m, t: t.x.zero_(), "leaf no_grad"),
    Wrong("an element of a leaf assigned", lambda m, t: put(t.x, 0, 1.0), "leaf no_grad"),
    Wrong("a row assigned from another shape", lambda m, t: put(t.values, 0, t.n[:, :3]), "[3, 3] [3, 4]"),
    Wrong("an element assigned out of range", lambda m, t: put(t.values, 5, 1.0), "index 5 size 3"),
    Wrong("copy_ from another shape", lambda m, t: t.values.copy_(t.n[:, :3]), "[3, 3] [3, 4]"),
    Wrong("in-place addition of a larger shape", lambda m, t: t.values.add_(m.ones(2, 3, 4)), "add_ [3, 4] [2, 3, 4]"),
    Wrong("a range that ends before it starts", lambda m, t: t.values.uniform_(1, 0), "uniform_ from=1 to=0"),
    Wrong("a negative spread", lambda m, t: t.values.normal_(0, -1), "normal std -1"),
    Wrong("uniform numbers for integers", lambda m, t: t.n.uniform_(), "int64"),
    Wrong("normal numbers for integers", lambda m, t: t.n.normal_(), "int64"),
    Wrong("floats added in place to integers", lambda m, t: t.n.add_(1.5), "add_ float32 int64"),
]

PROTOCOL = [
    Wrong("numpy() on a tensor that requires grad", lambda m, t: t.x.numpy(), "numpy() requires grad detach().numpy()"),
    Wrong("np.asarray of a tensor that requires grad", lambda m, t: np.asarray(t.x), "requires grad detach()"),
    Wrong("a NumPy function without a rule", lambda m, t: np.spacing(t.x), "spacing rule detach().numpy()", None,
          TypeError, "torch converts to an array first, and it is that which it refuses"),
    Wrong("item() of many", lambda m, t: t.x.item(), "12 elements scalar [3, 4] tolist()"),
    Wrong("the truth of many", lambda m, t: bool(t.x), "ambiguous [3, 4] any() all()"),
    Wrong("the truth of none", lambda m, t: bool(t.empty), "ambiguous no values"),
    Wrong("float() of many", lambda m, t: float(t.x), "12 elements [3, 4]"),
    Wrong("the length of a 0-d tensor", lambda m, t: len(t.s), "len() 0-d"),
    Wrong("iteration over a 0-d tensor", lambda m, t: list(t.s), "iteration 0-d"),
    Wrong("a float tensor as a size", lambda m, t: range(t.s), "integer"),
    Wrong("a method there is not", lambda m, t: t.x.sumup(), "Tensor sumup"),
]

ROWS = SHAPES + REDUCTIONS + INDEXING + CREATION + DTYPES + LOSSES + GRADIENTS + WRITES + PROTOCOL
