"""What is worked out from the rules' signatures: what an op keeps, and how its rules are called."""

import inspect

import numpy as np

import autograd
from autograd import define, primitive
from autograd.core.ops import OPS


def ones(*shape):
    return autograd.ones(*shape, requires_grad=True)


def test_a_debugger_shows_what_a_plan_keeps_and_calls():
    both, first = OPS[np.multiply].plans[0b11], OPS[np.multiply].plans[0b01]
    assert inspect.getsource(both.keep) == "def keep(x, y, out):\n    return (y, x,)\n"
    assert inspect.getsource(both.pull) == "def pull(g, y, x):\n    return (dx(g, y), dy(g, x),)\n"
    assert inspect.getsource(first.pull) == "def pull(g, y):\n    return (dx(g, y),)\n"
    joined = OPS[np.concatenate].plans[0b101]
    assert inspect.getsource(joined.pull).endswith("return [dx(g, i, xs_shape, axis) for i in [0, 2]]\n")


def test_the_plan_of_an_input_is_made_when_it_is_first_asked_for():
    op = define(primitive(lambda x: 2 * x), lambda g: 2 * g, name="doubled")
    try:
        op.key(ones(2).detach())
        assert not op.plans
        op.key(ones(2)).sum().backward()
        assert list(op.plans) == [0b1]
    finally:
        del OPS[op.key]
