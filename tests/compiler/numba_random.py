"""Random programs of NumPy's calls, for comparison of the compiled run with NumPy's."""

import operator

import numpy as np

from autograd.calculus import primitives as p
from autograd.compiler.program import invoke

UNARY = (
    np.negative, np.exp, np.tanh, np.sqrt, np.absolute, np.square, np.sin, np.floor, p.relu.forward, p.sign.forward,
    p.sigmoid.forward, np.log1p, np.isnan, np.cos,
)  # fmt: skip
BINARY = np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.less, np.greater_equal, np.not_equal
FOLDS = np.add.reduce, np.maximum.reduce, np.minimum.reduce, p.mean, p.var, p.logsumexp.forward, p.vector_norm.forward
ROWS = p.softmax.forward, p.log_softmax.forward
INDICES = slice(None, None, 2), slice(1, None), slice(None, None, -1), 1, np.array([0, 2, 2, -1])
SHAPES = (5, 4), (4,), (1, 4), (5, 1), (), (2, 5, 4), (2, 1, 4), (0, 4), (4, 5)


def random_program(seed, length=14):
    """A function of `call` and slots that makes `length` random calls, and the arrays to call it with."""
    draw = np.random.default_rng(seed)
    dtype = draw.choice([np.float32, np.float32, np.float64])
    arrays = [draw.standard_normal(SHAPES[k]).astype(dtype) for k in draw.choice(len(SHAPES), 4)]
    arrays += [draw.integers(-4, 4, SHAPES[draw.choice(len(SHAPES))]), draw.random((5, 4)) > 0.5]

    def function(call, *slots):
        known = list(slots)

        def pick(wanted=lambda slot: True):
            fit = [slot for slot in known if wanted(slot)]
            return fit[draw.integers(len(fit))] if fit else None

        made = []
        for _ in range(length):
            made.append(_random_call(call, draw, pick))
            known += [slot for slot in made[-1:] if slot is not None]
        made = [slot for slot in made if slot is not None]
        writes = {}
        for to in slots:
            same = [slot for slot in made if (slot.shape, slot.dtype) == (to.shape, to.dtype)]
            if same and draw.random() < 0.7:
                writes[to] = same[draw.integers(len(same))]
        outputs = [slot for slot in made if draw.random() < 0.5] or made[-1:]
        return outputs, list(writes.items())

    return function, arrays


def _random_call(call, draw, pick):
    def is_float(slot):
        return slot.dtype.kind == "f"

    kind = draw.integers(14)
    try:
        if kind < 3:
            x = pick(is_float)
            return x and call(UNARY[draw.integers(len(UNARY))], x)
        if kind < 7:
            x, y = pick(), pick() if draw.random() < 0.8 else float(draw.normal())
            return call(BINARY[draw.integers(len(BINARY))], x, y)
        if kind == 7:
            x = pick(lambda slot: is_float(slot) and slot.shape)
            axis = int(draw.integers(len(x.shape))) if draw.random() < 0.7 else None
            keepdims = bool(draw.random() < 0.5)
            return call(FOLDS[draw.integers(len(FOLDS))], x, axis=axis, keepdims=keepdims)
        if kind == 8:
            x = pick(lambda slot: is_float(slot) and slot.shape)
            return call(ROWS[draw.integers(len(ROWS))], x, axis=int(draw.integers(len(x.shape))))
        if kind == 9:
            x = pick(lambda slot: len(slot.shape) > 1)
            return call(invoke, x, "transpose") if draw.random() < 0.5 else call(invoke, x, "reshape", (-1,))
        if kind == 10:
            x = pick(lambda slot: slot.shape and slot.shape[0] > 2)
            return call(operator.getitem, x, INDICES[draw.integers(len(INDICES))])
        if kind == 11:
            x, y = pick(lambda slot: is_float(slot) and len(slot.shape) > 1), None
            y = pick(lambda slot: is_float(slot) and slot.shape[-2:-1] == x.shape[-1:])
            return y and call(np.matmul, x, y)
        if kind == 12:
            return call(np.where, pick(lambda slot: slot.dtype.kind == "b"), pick(is_float), pick(is_float))
        x = pick(lambda slot: slot.shape)
        return call(np.concatenate, [x, x], axis=int(draw.integers(len(x.shape))))
    except (ValueError, TypeError, AttributeError, FloatingPointError, np.exceptions.AxisError):
        return None  # these do not fit
