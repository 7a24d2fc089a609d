"""`hasten`: the hooks of a leaf are called as soon as its gradient is complete, and gradients stay as they were."""

from types import SimpleNamespace

import pytest

import autograd
from autograd.hooks import hasten, observe


@pytest.fixture
def events():
    told = []
    end = observe(SimpleNamespace(pulled=lambda node, g, gradients: told.append(node.op.name)))
    yield told
    end()


def leaf(events, name, value):
    tensor = autograd.tensor(value, requires_grad=True)
    tensor.register_post_accumulate_grad_hook(lambda t: events.append(name))
    return tensor


def test_a_leaf_is_reached_right_after_the_last_node_that_leads_to_it(events):
    a, b = leaf(events, "a", [2.0]), leaf(events, "b", [3.0])
    loss = ((a * 5.0).exp() * b).sum()
    assert hasten([loss], [a, b]) == [True, True]
    loss.backward()
    assert events.index("b") < events.index("exp") < events.index("a")


def test_a_leaf_used_several_times_is_reached_once_with_the_whole_gradient(events):
    a = leaf(events, "a", [0.5])
    y = a.sin()
    loss = (y * a + (a * y).exp()).sum()
    expected = autograd.grad(loss, a, retain_graph=True)[0]
    hasten([loss], [a])
    loss.backward()
    assert a.grad.item() == expected.item()
    assert events.count("a") == 1


def test_what_is_not_reached_is_told_and_the_next_graph_is_seen_afresh(events):
    a, b = leaf(events, "a", [1.0]), leaf(events, "b", [1.0])
    first = (a * 2.0).sum()
    assert hasten([first], [a, b]) == [True, False]
    first.backward()
    second = ((a * 3.0).exp() + a.exp() * b).sum()
    expected = [g.item() for g in autograd.grad(second, [a, b], retain_graph=True)]
    a.grad = None
    assert hasten([second], [a, b]) == [True, True]
    second.backward()
    assert [a.grad.item(), b.grad.item()] == expected
