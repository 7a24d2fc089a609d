"""Writes in place: allowed where nothing is recorded, noticed where something was."""

import inspect

import numpy as np
import pytest

import autograd
from autograd.core import writes
from tests.oracle import TORCH, array, same

CHANGED = "modified by an inplace operation"


def leaf(*values):
    return autograd.tensor(list(values), dtype=autograd.float64, requires_grad=True)


WRITES = {
    "data": lambda t: t.data.mul_(2),
    "data -=": lambda t: t.data.__isub__(autograd.ones(2, dtype=autograd.float64)),
    "detach": lambda t: t.detach().add_(1),
    "detach item": lambda t: t.detach().__setitem__(0, 5.0),
    "detach slice": lambda t: t.detach().__setitem__(slice(None), 5.0),
    "view of data": lambda t: t.data.view(2, 1).zero_(),
    "item of data": lambda t: t.data[1:].add_(1),
    "copy_": lambda t: t.detach().copy_(autograd.zeros(2, dtype=autograd.float64)),
    "fill_": lambda t: t.detach().fill_(7.0),
    "zero_": lambda t: t.detach().zero_(),
}


@pytest.mark.parametrize("how", WRITES)
def test_backward_through_a_changed_input_raises_and_names_the_op(how):
    x = leaf(1.0, 2.0)
    y = x * 1
    z = (y * y).sum()
    WRITES[how](y)
    with pytest.raises(RuntimeError, match=rf"{CHANGED}.*mul"):
        z.backward()
    assert x.grad is None


@pytest.mark.parametrize("how", WRITES)
def test_backward_through_a_changed_output_raises_and_names_the_op(how):
    x = leaf(1.0, 2.0)
    y = autograd.exp(x)
    WRITES[how](y)
    with pytest.raises(RuntimeError, match=rf"{CHANGED}.*exp"):
        y.sum().backward()


def test_the_message_names_the_line_that_wrote():
    x = leaf(1.0, 2.0)
    y = x * 1
    z = (y * y).sum()
    y.data.mul_(2)
    with pytest.raises(RuntimeError, match=rf"test_inplace\.py:{current_line() - 1}"):
        z.backward()


def current_line():
    return inspect.currentframe().f_back.f_lineno


def test_the_memory_of_writes_is_that_of_the_arrays_written_to():
    before = len(writes._written)
    kept = autograd.zeros(2)
    for _ in range(100):
        autograd.zeros(2).add_(1)
        kept.add_(1)
    assert len(writes._written) <= before + 1


@pytest.mark.parametrize("how", WRITES)
def test_a_write_to_what_no_rule_reads_is_harmless(how):
    x = leaf(1.0, 2.0)
    y = x * 1
    z = (y + 3).sum()
    WRITES[how](y)
    z.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_write_before_the_value_is_saved_is_harmless():
    x = leaf(1.0, 2.0)
    x.data.mul_(3)
    (x * x).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]


def test_a_write_before_the_value_is_saved_is_not_blamed_for_a_later_one_elsewhere():
    x, other = leaf(1.0, 2.0), autograd.ones(2)
    x.data.mul_(3)
    z = (x * x).sum()
    other.add_(1)
    z.backward()
    assert x.grad.tolist() == [6.0, 12.0]


def test_a_write_after_backward_is_harmless():
    x = leaf(1.0, 2.0)
    for _ in range(3):
        x.grad = None
        (x * x).sum().backward()
        with autograd.no_grad():
            x -= 0.5 * x.grad
    assert x.tolist() == [0.0, 0.0]
    assert x.is_leaf
    assert x.requires_grad


def test_a_write_between_two_walks_of_a_retained_graph_is_noticed():
    x = leaf(1.0, 2.0)
    z = (x * x).sum()
    z.backward(retain_graph=True)
    with autograd.no_grad():
        x -= 0.5 * x.grad
    with pytest.raises(RuntimeError, match=CHANGED):
        z.backward()


def test_a_write_through_a_view_made_before_the_op_is_noticed():
    base = autograd.ones(3, 4, dtype=autograd.float64)
    x = leaf(1.0, 2.0, 3.0, 4.0)
    row = base[0]
    z = (x * row).sum()
    base[0, 0] = 7.0
    with pytest.raises(RuntimeError, match=CHANGED):
        z.backward()


def test_a_write_to_the_base_of_a_saved_view_is_noticed():
    x = leaf(1.0, 2.0)
    y = x * 1
    z = (y.view(2, 1) ** 2).sum()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match=CHANGED):
        z.backward()


def test_a_write_to_other_memory_is_not_mistaken_for_one():
    x, other = leaf(1.0, 2.0), autograd.ones(2)
    z = (x * x).sum()
    other.mul_(3)
    other[0] = 1.0
    z.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_the_same_input_kept_by_two_ops_is_checked_in_both():
    x = leaf(1.0, 2.0)
    y = x * 1
    early = (y * 2).sum()
    z = (y * y).sum()
    y.data.mul_(2)
    early.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match=CHANGED):
        z.backward()


def test_a_changed_value_is_noticed_in_a_second_derivative():
    x = leaf(1.0, 2.0)
    (g,) = autograd.grad((x**3).sum(), x, create_graph=True)
    x.data.mul_(2)
    with pytest.raises(RuntimeError, match=CHANGED):
        g.sum().backward()


ON_LEAVES = {
    "+=": lambda x: x.__iadd__(1),
    "-=": lambda x: x.__isub__(1),
    "*=": lambda x: x.__imul__(2),
    "/=": lambda x: x.__itruediv__(2),
    "[0] =": lambda x: x.__setitem__(0, 5.0),
    "zero_": lambda x: x.zero_(),
    "add_": lambda x: x.add_(1),
    "copy_": lambda x: x.copy_(autograd.zeros(2)),
    "fill_": lambda x: x.fill_(1.0),
}


@pytest.mark.parametrize("how", ON_LEAVES)
def test_a_leaf_that_needs_a_gradient_is_not_written_to(how):
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        ON_LEAVES[how](x)
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("how", ON_LEAVES)
def test_under_no_grad_it_is(how):
    x = leaf(1.0, 2.0)
    memory = array(x)
    with autograd.no_grad():
        ON_LEAVES[how](x)
    assert array(x) is memory or np.shares_memory(array(x), memory)
    assert x.tolist() != [1.0, 2.0]
    assert x.requires_grad


def test_augmented_assignment_on_a_result_writes_to_it():
    x = leaf(1.0, 2.0)
    y = x * 2
    kept = y
    y += x
    y *= 2
    y.sum().backward()
    assert kept is y
    assert kept.tolist() == [6.0, 12.0]
    assert x.grad.tolist() == [6.0, 6.0]


def test_augmented_assignment_on_a_plain_tensor_keeps_its_memory():
    t = autograd.ones(3)
    alias, memory = t, array(t)
    t += 1
    t *= 3
    t -= 2
    t /= 2
    assert alias is t
    assert np.shares_memory(array(t), memory)
    assert t.tolist() == [2.0, 2.0, 2.0]


def test_a_view_of_a_leaf_is_not_written_to():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError):
        x.view(2, 1).zero_()
    with pytest.raises(RuntimeError):
        x[0:1].add_(1)
    assert x.tolist() == [1.0, 2.0]


def test_writing_through_a_view_without_a_graph_changes_the_base():
    t = autograd.zeros(2, 3)
    t[0].add_(1)
    t.view(-1)[5] = 7.0
    t.T[1, 1] = 5.0
    assert t.tolist() == [[1.0, 1.0, 1.0], [0.0, 5.0, 7.0]]


def test_an_in_place_write_of_another_shape_or_dtype_is_refused_before_it_happens():
    t = autograd.zeros(2, 3)
    with pytest.raises(RuntimeError):
        t += autograd.ones(4, 2, 3)
    with pytest.raises(RuntimeError):
        t.copy_(autograd.ones(5))
    ints = autograd.tensor([1, 2])
    with pytest.raises(RuntimeError):
        ints += 0.5
    assert t.tolist() == [[0.0] * 3] * 2
    assert ints.tolist() == [1, 2]


IN_PLACE = {
    "add_": lambda m, x: x.add_(2),
    "add_ alpha": lambda m, x: x.add_(m.full((3,), 2.0), alpha=3),
    "sub_ alpha": lambda m, x: x.sub_(1, alpha=2),
    "mul_ broadcast": lambda m, x: x.mul_(m.tensor([1.0, 2.0, 3.0])),
    "div_ rounding": lambda m, x: x.div_(0.4, rounding_mode="floor"),
    "pow_": lambda m, x: x.pow_(2),
    "remainder_": lambda m, x: x.remainder_(0.7),
    "clamp_ min": lambda m, x: x.clamp_(min=0.0),
    "clamp_": lambda m, x: x.clamp_(-0.5, 0.5),
    "round_ decimals": lambda m, x: x.round_(decimals=1),
    "neg_": lambda m, x: x.neg_(),
    "exp_": lambda m, x: x.exp_(),
    "relu_": lambda m, x: x.relu_(),
    "sqrt_": lambda m, x: x.abs_().sqrt_(),
    "addcmul_": lambda m, x: x.addcmul_(x * 2, x, value=0.5),
    "lerp_": lambda m, x: x.lerp_(m.zeros(2, 3), 0.25),
    "masked_fill_": lambda m, x: x.masked_fill_(x > 0, -1.0),
    "nan_to_num_": lambda m, x: x.log_().nan_to_num_(nan=7.0, neginf=-1.0),
    "tril_": lambda m, x: x.tril_(-1),
    "cumsum_": lambda m, x: x.cumsum_(1),
    "scatter_add_": lambda m, x: x.scatter_add_(1, m.tensor([[0, 0], [2, 1]]), m.ones(2, 2)),
    "fill_": lambda m, x: x.fill_(3),
    "fill_ tensor": lambda m, x: x.fill_(m.tensor(3.0)),
    "zero_": lambda m, x: x.zero_(),
    "copy_ broadcast": lambda m, x: x.copy_(m.tensor([1, 2, 3])),
    "setitem tensor": lambda m, x: x.__setitem__((slice(None), 1), m.tensor([7, 8])),
    "setitem mask": lambda m, x: x.__setitem__(x > 0, 0.0),
    "setitem list": lambda m, x: x.__setitem__(([0, 1], [2, 0]), m.tensor([5.0, 6.0])),
    "setitem row of tensor": lambda m, x: x.__setitem__(m.tensor(1), m.arange(3)),
    "setitem on a step": lambda m, x: x.__setitem__((..., slice(None, None, 2)), x[..., ::2] * 2),
    "+= tensor": lambda m, x: x.__iadd__(m.tensor([1.0, 2.0, 3.0])),
    "//= number": lambda m, x: x.__ifloordiv__(0.4),
    "%= number": lambda m, x: x.__imod__(0.7),
    "**= number": lambda m, x: x.__ipow__(2),
}


UNARY = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "erf", "erfc", "exp", "exp2",
    "expm1", "floor", "log", "log10", "log1p", "log2", "logit", "neg", "reciprocal", "relu", "round", "rsqrt",
    "sigmoid", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "tril", "triu", "trunc",
]  # fmt: skip
BINARY = ["add", "sub", "mul", "div", "pow", "remainder", "fmod", "floor_divide"]
IN_PLACE |= {f"{name}_": lambda m, x, name=name: getattr(x, name + "_")() for name in UNARY}
IN_PLACE |= {f"{name}_ two": lambda m, x, name=name: getattr(x, name + "_")(m.full((3,), 1.5)) for name in BINARY}


@pytest.mark.parametrize("name", IN_PLACE)
def test_writes_in_place_leave_what_torch_leaves(name):
    results = []
    for m in (autograd, TORCH):
        x = m.tensor([[0.3, -1.2, 2.0], [0.0, 0.9, -0.4]])
        memory = array(x)
        returned = IN_PLACE[name](m, x)
        assert returned is x or returned is None
        assert np.shares_memory(array(x), memory)
        results.append(array(x))
    same(*results, name, 1e-6)


def test_an_array_may_be_written_to_a_tensor():
    t = autograd.zeros(2, 3)
    t[0] = np.array([1.0, 2.0, 3.0])
    t[1].copy_(np.ones(3))
    assert t.tolist() == [[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]]


def test_setitem_takes_every_index_that_getitem_takes():
    t = autograd.zeros(3, 4)
    t[0] = 1.0
    t[:, 1] = autograd.tensor([5.0, 6.0, 7.0])
    t[t > 6] = -1.0
    t[[0, 2], [3, 3]] = autograd.tensor([8.0, 9.0])
    t[..., 0:1] = 4
    assert t.tolist() == [[4.0, 5.0, 1.0, 8.0], [4.0, 6.0, 0.0, 0.0], [4.0, -1.0, 0.0, 9.0]]


def test_a_constant_cannot_take_an_item_that_needs_a_gradient_unnoticed():
    t = autograd.zeros(2, dtype=autograd.float64)
    x = leaf(3.0)
    try:
        t[0] = x[0]
    except RuntimeError:
        return
    assert t.requires_grad, "the graph was cut silently"


@pytest.mark.parametrize("dtype", ["int64", "uint8"])
@pytest.mark.parametrize("how", ["copy_", "x[0] ="])
def test_integers_have_no_gradient_whatever_is_written_to_them(how, dtype):
    for m in (autograd, TORCH):
        x, value = m.zeros(2, dtype=getattr(m, dtype)), m.tensor(2.7, requires_grad=True)
        if how == "copy_":
            x.copy_(value)
        else:
            x[0] = value
        assert (x[0].item(), x.requires_grad, x.is_leaf) == (2, False, True)


@pytest.mark.parametrize(("dtype", "number"), [("uint8", 300), ("int8", 128), ("int8", -129), ("uint8", 1e10),
                                               ("int64", float("nan"))])  # fmt: skip
@pytest.mark.parametrize("how", ["fill_", "x[0] ="])
def test_a_number_beyond_the_range_of_the_dtype_is_not_written(how, dtype, number):
    for m in (autograd, TORCH):
        x = m.zeros(2, dtype=getattr(m, dtype))
        with pytest.raises(RuntimeError, match="without overflow"):
            x.fill_(number) if how == "fill_" else x.__setitem__(0, number)
        assert x.tolist() == [0, 0]


def test_negative_numbers_wrap_around_in_uint8():
    for m in (autograd, TORCH):
        x = m.zeros(2, dtype=m.uint8)
        x[0] = -1
        assert x.tolist() == [255, 0]


def test_a_leaf_that_is_detached_keeps_its_gradient():
    for m in (autograd, TORCH):
        x = m.tensor(2.0, requires_grad=True)
        (x * x).backward()
        x.detach_()
        assert (x.grad.item(), x.requires_grad) == (4, False)


def test_a_view_made_before_its_base_was_detached_keeps_its_graph():
    for m in (autograd, TORCH):
        x = m.tensor([2.0], requires_grad=True)
        y = x * 3
        view = y[0]
        y.detach_()
        view.backward()
        assert (x.grad.item(), y.requires_grad) == (3, False)
