"""A write is an op: programs that write in place, run here and in torch, leave the same values and gradients."""

import gc
import weakref
from time import perf_counter

import numpy as np
import pytest

import autograd
from autograd import Value
from tests.oracle import OURS, TORCH, array, attempt, outputs_of


def computed(m, *shape):
    """A leaf that requires grad, and a tensor computed from it."""
    x = m.ones(*shape, requires_grad=True)
    return x, x * 2


PROGRAMS = {}


def program(function):
    """A function of the library that returns tensors to compare."""
    PROGRAMS[function.__name__.replace("_", " ")] = function
    return function


@program
def an_arithmetic_write(m):
    x, y = computed(m, 2)
    y.mul_(3)
    y += x
    y.sum().backward()
    return x.grad, y.detach()


@program
def an_item_becomes_a_number(m):
    x, y = computed(m, 2)
    y[0] = 0.0
    y.sum().backward()
    return x.grad, y.detach()


@program
def a_constant_takes_an_item_and_joins_the_graph(m):
    x, y = computed(m, 2, 2)
    b = m.zeros(2, 2)
    b[0] = y[0]
    b.sum().backward()
    return x.grad, b.detach()


@program
def a_write_through_a_view_changes_the_base_and_its_gradient(m):
    x = m.ones(2, requires_grad=True)
    b = m.zeros(2, 2)
    v = b[0]
    v += x
    (b * 3).sum().backward()
    return x.grad, b.detach()


@program
def other_views_follow(m):
    x, y = computed(m, 3)
    v, w = y[1:], y[:2]
    v.mul_(5)
    (w * m.tensor([1.0, 10.0])).sum().backward()
    return x.grad, w.detach(), v.detach()


@program
def two_views_are_written_in_turn(m):
    x, y = computed(m, 4)
    v, w = y[1:3], y.reshape(2, 2)[1]
    v.mul_(3)
    w.add_(v)
    v.exp_()
    (y * m.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    return x.grad, y.detach(), v.detach(), w.detach()


@program
def a_view_of_a_view_of_a_view(m):
    x, y = computed(m, 4)
    z = y.reshape(2, 2).T[0]
    z.fill_(7.0)
    y.sum().backward()
    return x.grad, y.detach()


@program
def names_keep_pointing_at_the_same_tensor(m):
    x, y = computed(m, 2)
    k = y
    y += 1
    y.sum().backward()
    return k.detach(), x.grad


@program
def an_output_that_a_rule_reads_is_written_to_afterwards(m):
    x, y = computed(m, 2)
    z = y.exp()
    z.add_(1)
    z.sum().backward()


@program
def an_output_written_in_place_is_written_to_again(m):
    x, y = computed(m, 2)
    y.exp_()
    y.mul_(2.0)
    y.sum().backward()


@program
def an_input_that_a_rule_reads_is_overwritten_by_its_own_result(m):
    x, y = computed(m, 2)
    y /= y.abs().sum()
    y.sum().backward()


@program
def a_result_in_place_saves_itself(m):
    x, y = computed(m, 2)
    y.exp_().sum().backward()
    return x.grad


@program
def what_no_rule_reads_may_be_overwritten(m):
    x, y = computed(m, 2)
    z = y + 1
    y.zero_()
    z.sum().backward()
    return x.grad


@program
def a_row_of_writes(m):
    x, y = computed(m, 2)
    y.masked_fill_(m.tensor([True, False]), 0.0)
    y.relu_()
    y.clamp_(max=1.5)
    y.copy_(y * 2)
    y.sigmoid_()
    y.tanh_()
    y.sum().backward()
    return x.grad, y.detach()


@program
def shapes_change_in_place(m):
    x, y = computed(m, 2, 2)
    y.t_()
    y.unsqueeze_(0)
    y[0, 0, 1] = 9
    y.squeeze_(0).transpose_(0, 1)
    y.sum().backward()
    return x.grad, y.detach()


@program
def bools_and_integers_are_written_in_place(m):
    a, n = m.tensor([False, True]), m.tensor([1, 2, 3])
    kept = a
    a |= m.tensor([True, False])
    a &= m.tensor([True, False])
    a ^= m.tensor([True, True])
    n <<= 2
    n >>= 1
    n &= 6
    return kept, n


@program
def numbers_picked_by_indexing_are_views(m):
    x = m.zeros(3)
    x[1].fill_(7.0)
    for e in x:
        e += 1
    x.unbind()[0].add_(1)
    x.select(0, 1).fill_(2)
    x.data[2].fill_(4)
    return x


@program
def the_gradient_can_be_written_to(m):
    x, y = computed(m, 3)
    y.sum().backward()
    x.grad[0].zero_()
    return x.grad


@program
def a_leaf_that_requires_grad(m):
    m.ones(2, requires_grad=True).add_(1)


@program
def a_view_of_a_leaf_that_requires_grad(m):
    m.ones(2, requires_grad=True)[0].fill_(5)


@program
def part_of_a_leaf_under_no_grad(m):
    w = m.zeros(3, requires_grad=True)
    with m.no_grad():
        w[0].fill_(5)
        w[1:] += 2
    (w * w).sum().backward()
    return w.detach(), w.grad


@program
def memory_that_overlaps_by_index(m):
    x = m.arange(4.0)
    x[1:] = x[:-1]


@program
def memory_that_overlaps_by_method(m):
    x = m.arange(4.0)
    x[1:].add_(x[:-1])


@program
def a_tensor_copied_to_itself(m):
    x = m.arange(4.0)
    x.copy_(x)
    x[:] = x
    return x


@program
def memory_that_repeats(m):
    m.ones(3, 1).expand(3, 2).add_(1)


@program
def an_expansion_that_repeats_nothing(m):
    x = m.ones(1, 3)
    x.expand(1, -1).add_(1)
    return x


@program
def one_of_several_views(m):
    _, y = computed(m, 2)
    y.unbind()[0].mul_(2)


@program
def a_view_made_under_no_grad(m):
    _, y = computed(m, 2)
    with m.no_grad():
        v = y[:1]
    v.mul_(2)


@program
def a_retained_gradient_is_that_of_the_written_value(m):
    x, y = computed(m, 2)
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    return y.grad, x.grad


@program
def a_hook_stays_with_the_value_it_was_put_on(m):
    x, y = computed(m, 2)
    y.register_hook(lambda g: g * 10)
    y.mul_(3)
    y.register_hook(lambda g: g + 1)
    y.sum().backward()
    return (x.grad,)


@program
def what_becomes_zero_gets_no_gradient(m):
    x, y = computed(m, 2)
    y.zero_()
    (y + x).sum().backward()
    return x.grad, y.detach()


@program
def under_no_grad_the_graph_stays_as_it_was(m):
    x, y = computed(m, 2)
    with m.no_grad():
        y.mul_(3)
    y.sum().backward()
    return x.grad, y.detach()


@program
def a_write_after_backward(m):
    x, y = computed(m, 2)
    y.sum().backward()
    y.mul_(3)
    with m.no_grad():
        x.add_(1)
    return x.detach(), y.detach(), x.grad


@program
def a_wider_dtype_is_written_to_a_narrower_one(m):
    x, y = computed(m, 2)
    y += m.ones(2, dtype=m.float64)
    y.sum().backward()
    return x.grad, y.detach()


@program
def a_float_is_not_written_to_integers(m):
    n = m.tensor([1, 2])
    n += 1.5


@program
def items_depend_on_items_before_them(m):
    x = m.ones(5, requires_grad=True)
    y = x * 1
    for i in range(1, 5):
        y[i] = y[i - 1] * 2 + y[i]
    y.sum().backward()
    return x.grad, y.detach()


@program
def second_derivatives_through_writes(m):
    x, y = computed(m, 2, 3)
    y[:, 1].mul_(3)
    y[0].mul_(y[1].detach())
    (g,) = m.grad((y**3).sum(), x, create_graph=True)
    (h,) = m.grad(g.sum(), x)
    return g.detach(), h


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_writes_leaves_what_torch_leaves(name):
    ours, theirs = [attempt(lambda m, *_: outputs_of(PROGRAMS[name](m)), m, None, []) for m in (OURS, TORCH)]
    if isinstance(theirs, Exception) or isinstance(ours, Exception):
        assert type(ours) is type(theirs), (ours, theirs)
        return
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert (a is None) == (b is None)
        if b is not None:
            assert str(array(a).dtype) == str(array(b).dtype)
            np.testing.assert_allclose(array(a), array(b), rtol=1e-6)


@pytest.mark.parametrize("how", ["+=", "-=", "*=", "/=", "**=", "//=", "%="])
def test_an_augmented_value_is_a_new_one_as_in_micrograd(how):
    a = Value(3.0)
    b = kept = a * 2
    scope = {"b": b}
    exec(f"b {how} 2", scope)
    assert scope["b"] is not kept
    assert kept.data == 6.0


def test_nothing_is_changed_when_a_write_is_refused():
    x = autograd.ones(3, requires_grad=True)
    y = autograd.arange(4.0)
    for write in (lambda: x.add_(1), lambda: x[0].fill_(5), lambda: y[1:].copy_(y[:-1]), lambda: y.add_(x * 1)):
        with pytest.raises(RuntimeError):
            write()
    assert x.tolist() == [1.0, 1.0, 1.0]
    assert y.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_many_writes_take_time_in_proportion_and_are_freed_by_reference_count():
    def seconds(n):
        x = autograd.ones(n, requires_grad=True)
        y, start = x * 1, perf_counter()
        for i in range(0, n, n // 1000):
            y[i] = 2.0
        return perf_counter() - start, y

    gc.disable()
    try:
        first, _ = seconds(1_000)
        second, y = seconds(10_000)
        node = weakref.ref(y.grad_fn)
        del y
        assert node() is None
    finally:
        gc.enable()
    assert second < 20 * first
