"""Where gradients stay: retained ones, hooks on the way, leaves that stop and start to require one, as in torch."""

import pytest

import autograd
from tests.oracle import OURS, TORCH, array, outputs_of


def values(result):
    """The results of a program as lists; None where there is no gradient."""
    return [None if t is None else array(t).tolist() for t in outputs_of(result)]


PROGRAMS = {}


def program(function):
    """A function of the library and of a leaf of ones that requires grad, which returns tensors to compare."""
    PROGRAMS[function.__name__.replace("_", " ")] = function
    return function


@program
def a_retained_gradient_outlives_a_later_write(m, x):
    y = x * 3
    y.retain_grad()
    y.sum().backward()
    y.mul_(2)
    return y.grad, x.grad


@program
def a_gradient_that_was_assigned_outlives_a_write(m, x):
    y = x * 3
    y.grad = m.full((3,), 7.0)
    y.mul_(2)
    return (y.grad,)


@program
def a_leaf_s_gradient_outlives_the_write_that_makes_it_a_result(m, x):
    y = m.ones(3, requires_grad=True)
    (y * 2).sum().backward()
    y.requires_grad_(False)
    y.mul_(x)
    return (y.grad,)


@program
def what_retains_its_gradient_is_written_to_through_a_view(m, x):
    y = x * 3
    y.retain_grad()
    y[0].mul_(2)
    y.sum().backward()
    return y.grad, x.grad


@program
def a_view_retains_its_gradient_and_is_written_to(m, x):
    y = x * 3
    v = y[0]
    v.retain_grad()
    v.mul_(2)
    y.sum().backward()
    return v.grad, x.grad


@program
def a_view_and_its_base_retain_theirs_and_both_are_written_to(m, x):
    y = x * 3
    v = y[:2]
    y.retain_grad()
    v.retain_grad()
    y.mul_(2)
    v.mul_(3)
    (v * 5).sum().backward()
    return v.grad, y.grad, x.grad


@program
def grad_leaves_retained_gradients(m, x):
    y = x * 3
    z = y * 2
    y.retain_grad()
    z.retain_grad()
    return m.grad(z.sum(), y), y.grad, z.grad, x.grad


@program
def grad_of_what_is_on_the_way_comes_before_its_hook(m, x):
    y = x * 3
    y.register_hook(lambda g: g * 10)
    return m.grad((y * 2).sum(), [y, x])


@program
def grad_of_what_is_at_the_end_comes_after_its_hook(m, x):
    y = x * 3
    y.register_hook(lambda g: g * 10)
    return m.grad((y * 2).sum(), y)


@program
def backward_to_inputs_leaves_what_the_hook_returned(m, x):
    y = x * 3
    y.register_hook(lambda g: g * 10)
    (y * 2).sum().backward(inputs=[y, x])
    return y.grad, x.grad


@program
def the_hook_on_the_way_is_recorded(m, x):
    y = x**3
    y.register_hook(lambda g: g * y)
    first = m.grad((y * 2).sum(), [y, x], create_graph=True)
    return *first, m.grad(first[1].sum(), x)


@program
def a_leaf_that_required_no_gradient_for_a_while_is_the_same_leaf(m, x):
    seen = []
    x.register_hook(seen.append)
    y = x * 2
    x.requires_grad_(False)
    x.requires_grad_(True)
    (x * 3 + y).sum().backward()
    return x.grad, *seen


@program
def a_leaf_collects_nothing_while_it_requires_no_gradient(m, x):
    y = (x * 2).sum()
    y.backward(retain_graph=True)
    x.requires_grad_(False)
    (y + m.ones(1, requires_grad=True)).sum().backward()
    before = x.grad.clone()
    x.requires_grad_(True)
    return before, x.grad


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_stay_where_torch_leaves_them(name):
    ours, theirs = (values(PROGRAMS[name](m, m.ones(3, requires_grad=True))) for m in (OURS, TORCH))
    assert ours == theirs


def test_grad_leaves_the_gradients_of_values_alone():
    a = autograd.Value(2.0)
    b = a * 3
    assert autograd.grad(b * 2, a)[0].item() == 6
    assert (a.grad, b.grad) == (0, 0)


def test_a_value_that_is_written_to_does_not_stop_others_from_keeping_their_gradients():
    a = autograd.Value(2.0)
    b, c = a * 3, a * 4
    b.mul_(2)
    (b + c).backward()
    assert (a.grad, b.grad, c.grad) == (10, 1, 1)
