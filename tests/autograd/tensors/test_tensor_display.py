"""What a notebook shows of tensors and Values: their numbers and where they come from, and nothing changes by it."""

import time

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, hooks, tensor
from tests.displayed import HOSTILE, SHOWN, cells, displayed, notes, tables, texts


def test_a_small_matrix_is_a_table_with_the_numbers_of_its_rows_and_columns():
    x = tensor([[1.0, 2.5], [-3.0, 40.0], [0.0, 0.125]])
    assert tables(x) == [
        [["", "0", "1"], ["0", "1.0000", "2.5000"], ["1", "-3.0000", "40.0000"], ["2", "0.0000", "0.1250"]]
    ]
    assert notes(x) == ["Tensor, shape (3, 2), float32"]


@pytest.mark.parametrize(
    "x",
    [
        tensor(3.0), tensor([]), tensor([1, 2]), tensor([True]), tensor([float("nan"), float("-inf")]),
        autograd.zeros(0, 3), autograd.zeros(3, 0), autograd.zeros(2, 0, 2), autograd.ones(2, 2, 2),
        autograd.zeros(13, 2), autograd.zeros(2, 13), autograd.zeros(40, 40), tensor(2.0, requires_grad=True) * 3,
        nn.Parameter(autograd.ones(2)), nn.Buffer(autograd.ones(2)),
    ],
    ids=repr,
)  # fmt: skip
def test_any_other_tensor_stands_there_as_it_prints(x):
    assert texts(displayed(x), "pre") == [repr(x)]
    assert not tables(x)


@pytest.mark.parametrize(
    ("x", "facts"),
    [
        (tensor(3.0), "Tensor, shape (), float32"),
        (tensor([[1, 2]]), "Tensor, shape (1, 2), int64"),
        (tensor([[True]]), "Tensor, shape (1, 1), bool"),
        (autograd.zeros(3, 0, dtype=autograd.float64), "Tensor, shape (3, 0), float64"),
        (autograd.zeros(40, 40), "Tensor, shape (40, 40), 1,600 numbers, float32"),
        (autograd.ones(2, 2, requires_grad=True), "Tensor, shape (2, 2), float32, requires grad"),
        (autograd.ones(2, 2, requires_grad=True).exp(), "Tensor, shape (2, 2), float32, computed by exp"),
        (nn.Parameter(autograd.ones(1, 1)), "Parameter, shape (1, 1), float32, requires grad"),
        (autograd.Tensor([[1]], label=HOSTILE), f"Tensor {HOSTILE!r}, shape (1, 1), float32"),
    ],
    ids=str,
)  # fmt: skip
def test_a_line_says_what_it_is(x, facts):
    assert notes(x) == [facts]


def test_a_gradient_is_told_of():
    x = autograd.ones(2, 2, requires_grad=True)
    y = x * 2
    y.sum().backward()
    assert notes(x) == ["Tensor, shape (2, 2), float32, requires grad, has a gradient in .grad"]
    assert notes(y) == ["Tensor, shape (2, 2), float32, computed by mul"]


def test_nan_is_marked():
    x = tensor([[float("nan"), 1.0], [float("inf"), float("-inf")]])
    assert cells(x, "bad") == ["nan"]
    assert {"inf", "-inf"} < set(cells(x, "number"))


def test_print_options_hold_in_a_table_too():
    autograd.set_printoptions(precision=2)
    try:
        assert cells(tensor([[1.2345]]), "number") == ["1.23"]
    finally:
        autograd.set_printoptions(profile="default")


def test_to_be_shown_records_nothing_and_changes_nothing():
    class Seen:
        def recorded(self, node, data, out):
            raise AssertionError("a node was made")

    x = autograd.ones(2, 3, requires_grad=True)
    y = x * 2
    shown = x, y, y[0], nn.Parameter(autograd.ones(2)), Value(1.0)
    before = repr(x), repr(y), y.numpy(force=True).copy(), y.grad_fn, x.grad
    end = hooks.observe(Seen())
    try:
        for thing in shown:
            thing._repr_html_()
    finally:
        end()
    assert before[:2] == (repr(x), repr(y))
    assert np.array_equal(before[2], y.numpy(force=True))
    assert (y.grad_fn, x.grad) == before[3:]
    y.sum().backward()
    assert x.grad.tolist() == [[2.0] * 3] * 2


def test_a_large_tensor_is_shown_at_once():
    x = autograd.zeros(10_000, 1_000)
    start = time.perf_counter()
    page = x._repr_html_()
    assert time.perf_counter() - start < 0.1
    assert len(page) < 10_000


def test_a_parameter_without_a_shape_has_no_display_and_prints_instead():
    with pytest.raises(ValueError, match="uninitialized parameter"):  # which a notebook takes for no display
        nn.LazyLinear(2).weight._repr_html_()


# -- Value ------------------------------------------------------------------------------------------------------------


def test_a_value_is_a_row_of_its_label_number_gradient_and_op():
    x = Value(2.0, "x")
    y = x * 3 + 1
    assert tables(x) == [[["label", "data", "grad"], ["x", "2.0", "0.0"]]]
    y.backward()
    assert tables(x) == [[["label", "data", "grad"], ["x", "2.0", "3.0"]]]
    assert tables(y) == [[["data", "grad", "op"], ["7.0", "1.0", "add"]]]
    assert repr(x) == "Value(data=2.0, grad=3.0)"


def test_a_value_shows_any_label_and_nan():
    assert tables(Value(float("nan"), HOSTILE))[0][1] == [SHOWN, "nan", "0.0"]


def test_several_values_are_shown_as_a_tensor():
    both = autograd.stack([Value(1.0), Value(2.0)])
    assert notes(both) == ["Value, shape (2,), float64, computed by stack"]
