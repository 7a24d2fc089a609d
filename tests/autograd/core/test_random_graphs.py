"""Random expression graphs, with diamonds, reuse, broadcasting and repeated indices, agree with torch."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.case import real
from tests.oracle import agree, first_order, second_order

LEAVES = [real(3, 3), real(3), real(3, 1), real(1, 3), real(), real(2, 3, 3)]


def repeat_first(x):
    """The same length, with the first element of the axis again and again and the last one once."""
    return x[[0] * (len(x) - 1) + [len(x) - 1]] if x.ndim else x


def windowed(x):
    return x[..., 1:] + x[..., :-1] if x.ndim and x.shape[-1] == 3 else x


# Each takes the module and two values and stays bounded; every axis has length 1 or 3 (or 2, in front), so that all
# values broadcast with each other.
STEPS = [
    lambda m, x, y: (x + y) / 2,
    lambda m, x, y: x - 0.5 * y,
    lambda m, x, y: m.tanh(x) * y,
    lambda m, x, y: x / (1 + y * y),
    lambda m, x, y: m.sin(x) ** 2 + 0 * y,
    lambda m, x, y: m.exp(-x * x),
    lambda m, x, y: m.sigmoid(x) * x,
    lambda m, x, y: m.maximum(x, y),
    lambda m, x, y: m.where(x > y, x, 0.5 * y),
    lambda m, x, y: m.relu(x) - m.relu(-y),
    lambda m, x, y: m.log1p(x * x) * 0.5,
    lambda m, x, y: m.sqrt(1 + x * x) - 1,
    lambda m, x, y: (x.expand(3, 3) if x.ndim < 2 else x) @ m.tanh(y.expand(3, 3) if y.ndim < 2 else y) / 3
    if x.shape[-1:] in ((), (3,)) and y.shape[-2:] in ((), (3,), (3, 3)) else x,
    lambda m, x, y: x.sum(-1, keepdim=True) / 3 if x.ndim else x,
    lambda m, x, y: x.mean(0, keepdim=True) if x.ndim else x,
    lambda m, x, y: m.softmax(x, -1) if x.ndim else x,
    lambda m, x, y: x.cumsum(-1) / 3 if x.ndim else x,
    lambda m, x, y: x.amax(-1, keepdim=True) if x.ndim else x,
    lambda m, x, y: x.transpose(-1, -2) if x.ndim > 1 else x,
    lambda m, x, y: x.flip(-1) if x.ndim else x,
    lambda m, x, y: repeat_first(x),
    lambda m, x, y: x[..., [0, 0, -1]] if x.ndim else x,
    lambda m, x, y: m.cat([windowed(x), x[..., :1]], -1) if x.ndim and x.shape[-1] == 3 else x,
    lambda m, x, y: m.stack([x, x]).sum(0) / 2,
    lambda m, x, y: x.reshape(-1).reshape(x.shape),
    lambda m, x, y: x.clone().detach() + y / 2,
]


def programs(length):
    """Lists of steps, each with the places of its two operands among all the values before it."""
    place = st.integers(0, 10**6)
    return st.lists(st.tuples(st.integers(0, len(STEPS) - 1), place, place), min_size=length, max_size=length)


def expression(program):
    """The function of (m, leaves) that a program stands for: its last values, weighted and summed."""

    def run(m, *leaves):
        values = list(leaves)
        for step, i, j in program:
            values.append(STEPS[step](m, values[i % len(values)], values[-1 - j % len(values)]))
        return sum((m.atan(v) * (i + 1)).sum() for i, v in enumerate(values[-4:]))

    return run


def leaves(seed):
    rng = np.random.default_rng(seed)
    return [spec.array(rng) for spec in LEAVES]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(programs(20), st.integers(0, 2**32 - 1))
def test_random_graphs_have_the_values_and_gradients_of_torch(program, seed):
    agree(first_order, expression(program), leaves(seed))


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(programs(7), st.integers(0, 2**32 - 1))
def test_small_random_graphs_have_the_second_derivatives_of_torch(program, seed):
    agree(second_order, expression(program), leaves(seed))


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(programs(200), st.integers(0, 2**32 - 1))
def test_long_random_graphs_have_the_gradients_of_torch(program, seed):
    agree(first_order, expression(program), leaves(seed))
