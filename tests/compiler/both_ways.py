"""A function as it is and compiled, on twins of everything that it changes, compared after each call.

NumPy's programs give the same to the bit; in Numba's, sums are added in another order.
"""

import copy
from importlib.util import find_spec

import numpy as np
import pytest

import autograd
from autograd import Tensor

NO_NUMBA = find_spec("numba") is None or find_spec("scipy") is None
needs_numba = pytest.mark.skipif(NO_NUMBA, reason="the Numba back end needs numba and scipy")
BACK_ENDS = ["numpy", pytest.param("numba", marks=[needs_numba, pytest.mark.long])]


def tensors(value):
    """The tensors in a value: a tensor, or a tuple, list or dict of them."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    return [x for inner in value for x in tensors(inner)] if isinstance(value, list | tuple | type({}.values())) else []


def equal(a, b):
    """Whether two arrays, numbers or tensors are the same to the bit, NaN included; None is only None."""
    if a is None or b is None:
        return a is b
    a, b = (x.numpy(force=True) if isinstance(x, Tensor) else np.asarray(x) for x in (a, b))
    return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def largest(x):
    """The largest size of a finite number in an array or tensor."""
    x = np.asarray(x.numpy(force=True) if isinstance(x, Tensor) else x, np.float64)
    return np.max(np.abs(x[np.isfinite(x)]), initial=0.0)


def apart(a, b, beside=0.0):
    """How far two arrays or tensors are apart, in units of eps times the largest number, or the one that they stand
    beside; infinitely, where they differ in shape, dtype, flags, or in what is not finite."""
    if a is None or b is None:
        return 0.0 if a is b else np.inf
    flags = {getattr(x, "requires_grad", False) for x in (a, b)}
    a, b = (x.numpy(force=True) if isinstance(x, Tensor) else np.asarray(x) for x in (a, b))
    if len(flags) > 1 or a.dtype != b.dtype or a.shape != b.shape:
        return np.inf
    if a.dtype.kind in "biu":
        return 0.0 if np.array_equal(a, b) else np.inf
    eps = autograd.finfo(getattr(autograd, a.dtype.name)).eps
    a, b = a.astype(np.float64), b.astype(np.float64)
    finite = np.isfinite(b)
    if not (np.isfinite(a) == finite).all() or not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return np.inf
    return largest(a[finite] - b[finite]) / (eps * max(largest(b), beside) or eps)


def assert_equal(ours, theirs, what=""):
    """Assert that two results are the same: tensors, numbers, or tuples, lists and dicts of them."""
    assert type(ours) is type(theirs), what
    if isinstance(ours, dict):
        ours, theirs = list(ours.items()), list(theirs.items())
    if isinstance(ours, list | tuple):
        assert len(ours) == len(theirs), what
        for x, y in zip(ours, theirs, strict=True):
            assert_equal(x, y, what)
    elif isinstance(ours, Tensor | np.ndarray):
        assert equal(ours, theirs), what
        assert getattr(ours, "requires_grad", None) == getattr(theirs, "requires_grad", None), what
    else:
        assert ours == theirs or (ours != ours and theirs != theirs), what


def assert_same_state(ours, theirs, what=""):
    """Assert that two modules have the same parameters, buffers and gradients."""
    for (name, x), y in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        assert equal(x, y), f"{what} {name}"
    for (name, x), y in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert equal(x.grad, y.grad), f"{what} the gradient of {name}"


class Twins:
    """`make(net, optimizer)` gives a function: called as it is on one network, and compiled on its twin."""

    def __init__(self, make, net, optimizer=None, **settings):
        self.net, self.twin = net, copy.deepcopy(net)
        self.optimizers = [optimizer(list(each.parameters())) if optimizer else None for each in (self.net, self.twin)]
        self.eager = make(self.net, self.optimizers[0])
        self.compiled = autograd.compile(make(self.twin, self.optimizers[1]), backend="numpy", **settings)

    def call(self, *args, seed=0):
        """One call of each, from the same random state, on arguments of their own; both must do the same."""
        results = []
        for function in (self.eager, self.compiled):
            autograd.manual_seed(seed)
            own = [x.clone().detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in args]
            try:
                results.append((function(*own), None))
            except Exception as error:
                results.append((None, (type(error), str(error))))
            results[-1] += (autograd.default_generator.get_state(), [x.grad for x in tensors(own)], tensors(own))
        (ours, fault, drawn, grads, given), (theirs, *others) = results
        assert fault == others[0]
        assert_equal(ours, theirs, "the result")
        assert drawn == others[1], "random numbers"
        assert all(map(equal, grads, others[2])), "gradients of the arguments"
        assert all(map(equal, given, others[3])), "the arguments"
        assert_same_state(self.net, self.twin)
        return ours, theirs
