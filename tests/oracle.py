"""torch as the oracle: run one expression in both libraries and compare all that can be seen from outside."""

import warnings
from itertools import product
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np
import torch

import autograd
from nn import functional

TOLERANCE = {"float64": 1e-10, "float32": 1e-5, "float16": 1e-3, "bfloat16": 8e-3}


class Rooms:
    """The names of several modules in one: the first that has a name gives it."""

    def __init__(self, *rooms):
        self.rooms = rooms

    def __getattr__(self, name):
        for room in self.rooms:
            if hasattr(room, name):
                return getattr(room, name)
        raise AttributeError(f"there is no {name}")


OURS = Rooms(autograd, functional)
TORCH = Rooms(torch, torch.nn.functional, torch.special)
TORCH.grad = torch.autograd.grad
TORCH.tensor = lambda data, **options: torch_tensor(data, **options)
REFUSALS = (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError, np.linalg.LinAlgError)


def torch_tensor(data, **options):
    """`torch.tensor`, of arrays of bfloat16 too, which have no other way to torch than their bits."""
    if getattr(data, "dtype", None) != ml_dtypes.bfloat16:
        return torch.tensor(data, **options)
    bits = torch.from_numpy(np.array(data).view(np.int16)).view(torch.bfloat16)
    return bits.to(options.get("dtype")).requires_grad_(options.get("requires_grad", False))


class Outcome(NamedTuple):
    """What an expression gives: a list of arrays for each thing compared, None for a gradient that does not exist."""

    values: list
    grads: list
    seconds: list


def tensors(m, arrays, dtype="float64"):
    """Fresh leaves of the library `m`, one for each array."""
    return [m.tensor(a.astype(dtype), requires_grad=True) for a in arrays]


def array(t):
    """The ndarray of a tensor of either library, None for None."""
    if isinstance(t, torch.Tensor):
        if t.dtype is torch.bfloat16:
            return t.view(torch.int16).numpy(force=True).view(ml_dtypes.bfloat16)
        return t.numpy(force=True)
    return None if t is None else np.asarray(t.detach().numpy())


def outputs_of(result):
    """The tensors that an expression returned, be it one, a tuple, or torch's named tuples."""
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in outputs_of(part)]
    return [result]


def weights(m, outs, seed=7):
    """A fixed random gradient for each output; never zero, so that no element of a rule goes unseen."""
    rng = np.random.default_rng(seed)
    made = []
    for out in map(array, outs):
        w = np.asarray(rng.uniform(0.5, 1.5, out.shape) * rng.choice([-1.0, 1.0], out.shape))
        made.append(m.tensor(w.astype(out.dtype if out.dtype.kind == "f" else np.float64)))
    return made


def first_order(m, fn, arrays, dtype="float64", incoming=None):
    """Values and gradients, by `backward`; with `incoming` in place of the random weights."""
    leaves = tensors(m, arrays, dtype)
    outs = outputs_of(fn(m, *leaves))
    for out, w in zip(outs, weights(m, outs), strict=True):
        if incoming is not None:
            w = m.full_like(w, incoming)
        if out.requires_grad:
            out.backward(w, retain_graph=True)
    return Outcome([array(o) for o in outs], [array(x.grad) for x in leaves], [])


def values_of(m, fn, arrays=(), dtype="float64"):
    """The values of an expression, nothing more."""
    return [array(o) for o in outputs_of(fn(m, *tensors(m, arrays, dtype)))]


def recorded(m, fn, arrays, dtype="float64"):
    """Leaves, incoming gradients, and the gradients as tensors with a graph of their own (create_graph)."""
    leaves = tensors(m, arrays, dtype)
    outs = outputs_of(fn(m, *leaves))
    live = [o for o in outs if o.requires_grad]
    incoming = [w.requires_grad_() for w, o in zip(weights(m, outs), outs, strict=True) if o.requires_grad]
    if not live:
        return leaves, incoming, [None for _ in leaves]
    return leaves, incoming, list(m.grad(live, leaves, incoming, create_graph=True, allow_unused=True))


def second_order(m, fn, arrays, dtype="float64"):
    """Gradients, and the gradient of their random-weighted sum by every input and by the incoming gradient."""
    leaves, incoming, grads = recorded(m, fn, arrays, dtype)
    live = [g for g in grads if g is not None and g.requires_grad]
    wrt = leaves + incoming
    seconds = m.grad(live, wrt, weights(m, live, seed=11), allow_unused=True) if live else [None] * len(wrt)
    return Outcome([], [array(g) for g in grads], [zeros_for(s, x) for s, x in zip(seconds, wrt)])


def zeros_for(grad, x):
    """No path at all and a gradient of zero are the same second derivative."""
    return np.zeros_like(array(x)) if grad is None else array(grad)


def attempt(run, m, fn, arrays, dtype="float64"):
    """The outcome, or the exception with which the library refuses. NumPy's floating-point warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return run(m, fn, arrays, dtype)
        except REFUSALS as refusal:
            return refusal


def agree(run, fn, arrays, dtype="float64", or_refuse=False, or_go_beyond=False):
    """Assert that both libraries give the same outcome.

    torch must give one, unless `or_refuse` (then we refuse as well) or `or_go_beyond` (then we may do as we like).
    """
    theirs = attempt(run, TORCH, fn, arrays, dtype)
    ours = attempt(run, OURS, fn, arrays, dtype)
    if isinstance(theirs, Exception):
        if or_go_beyond:
            return
        if not or_refuse:
            raise theirs
        assert isinstance(ours, Exception), f"torch refuses ({type(theirs).__name__}: {theirs}), we return {ours}"
        return
    if isinstance(ours, Exception):
        raise ours
    for what, mine, expected in zip(Outcome._fields, ours, theirs):
        assert len(mine) == len(expected), f"{len(mine)} {what}, torch has {len(expected)}"
        for i, (a, b) in enumerate(zip(mine, expected)):
            same(a, b, f"{what}[{i}]", TOLERANCE[dtype], arrays)


def same(ours, theirs, what, tolerance, arrays=()):
    """Assert equal presence, dtype, shape and elements (NaN equals NaN); name the first element that differs."""
    assert (ours is None) == (theirs is None), f"{what}: ours {ours}, torch {theirs}"
    if ours is None:
        return
    assert ours.dtype == theirs.dtype, f"{what}: dtype {ours.dtype}, torch {theirs.dtype}"
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, torch {theirs.shape}"
    tolerance = max(tolerance, TOLERANCE.get(ours.dtype.name, 0))
    equal = np.isclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not equal.all():
        bad = tuple(int(i) for i in np.argwhere(~equal)[0])
        given = [a[bad] if a.shape == equal.shape else a for a in arrays]
        found = f"at {bad} ours {ours[bad]!r}, torch {theirs[bad]!r}, given {', '.join(map(repr, given))}"
        raise AssertionError(f"{what}: {(~equal).sum()} of {equal.size} elements differ; {found}")


# Arrays for the places where an op is not smooth, and for the memory layouts that NumPy knows.

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -2.5, 1e3, -1e3, 1e300, np.inf, -np.inf, np.nan]
TIES = {
    "ties": [2.0, 2.0, 1.0, 2.0, 1.0, 1.0],
    "constant": [0.5],
    "one zero": [2.0, 0.0, 3.0, 4.0, 5.0, 6.0, 7.0],
    "two zeros": [0.0, 3.0, 0.0],
    "negative zeros": [-0.0, 0.0, -1.0],
}
INFINITE = {
    "large": [1e3, -1e3, 999.0, 0.0, 1e300],
    "inf": [1.0, np.inf, -2.0, 3.0, 0.0, 0.5, 2.5],
    "two infs": [np.inf, 1.0, np.inf],
    "minus inf": [1.0, -np.inf, 2.0, 0.0, 0.5, -3.0, 4.0],
    "all minus inf": [-np.inf],
    "nan": [1.0, 2.0, np.nan, 0.0, 3.0, -1.0, 5.0],
}


def edge_arrays(count):
    """Every combination of edge values, for an elementwise op of `count` inputs."""
    edges = EDGES if count < 3 else EDGES[:6] + EDGES[-3:]
    return [np.array(column) for column in zip(*product(edges, repeat=count))]


def filled(values, shape):
    """An array of the shape, filled with the values again and again."""
    return np.resize(np.array(values), shape)


def reverse_axes(t):
    return t.permute(tuple(reversed(range(t.ndim))))


def every_other(t, shape):
    return t[(slice(1, None, 2),) * t.ndim] if t.ndim else t


def flip_all(t):
    return t.flip(tuple(range(t.ndim)))


LAYOUTS: dict[str, tuple[Any, Any, Any]] = {
    # name: (array of the leaf, the view of the leaf that has the case's values, what happens to the result)
    "transposed": (np.transpose, lambda t, shape: reverse_axes(t), reverse_axes),
    "flipped": (np.flip, lambda t, shape: flip_all(t), flip_all),
    "stepped": (lambda a: np.kron(a, np.ones((2,) * a.ndim)), every_other, lambda t: t),
    "stride 0": (lambda a: a[:1] if a.ndim else a, lambda t, shape: t.expand(shape), lambda t: t.sum()),
}


def laid_out(fn, arrays, layout):
    """The expression on views of that memory layout, and the arrays of the leaves behind the views."""
    leaf, view, after = LAYOUTS[layout]
    shapes = [a.shape for a in arrays]

    def expression(m, *leaves):
        outs = outputs_of(fn(m, *[view(x, s) for x, s in zip(leaves, shapes)]))
        return [after(o) if o.requires_grad else o for o in outs]

    return expression, [np.ascontiguousarray(leaf(a)).reshape(np.shape(leaf(a))) for a in arrays]
