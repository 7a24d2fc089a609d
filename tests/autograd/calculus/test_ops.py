"""Every case of the table, by every check: each test is one sentence about all ops."""

from functools import partial

import numpy as np
import pytest

import autograd
from tests.cases import CASES
from tests.oracle import (
    INFINITE,
    LAYOUTS,
    OURS,
    TIES,
    agree,
    array,
    edge_arrays,
    filled,
    first_order,
    laid_out,
    recorded,
    second_order,
    tensors,
)

BROADCASTS = [[(3, 4), (4,)], [(3, 1), (1, 4)], [(), (3,)], [(5, 4), (1,)], [(2, 1, 4), (3, 1)], [(1, 1, 3), (3,)],
                [(1, 0), (3, 1)]]


def every(cases, **more):
    """Run the test for each of the cases, named after it; and for each value of one more argument."""
    argument = next(iter(more), None)
    rows = [(case, value) for case in cases for value in more[argument]] if argument else [(case,) for case in cases]
    ids = ["-".join(str(part) for part in row) for row in rows]
    return pytest.mark.parametrize(f"case,{argument}" if argument else "case", rows if argument else cases, ids=ids)


def checked(check, kind=None):
    """The cases that this check applies to; a case says in its line why it is left out of one."""
    return [case for case in CASES if check not in case.without and kind in (None, case.kind)]


def resized(case, old, new):
    """The shapes of the case with every axis of one length replaced by another length."""
    return [tuple(new if n == old else n for n in spec.shape) for spec in case.specs]


@every(CASES, dtype=["float64", "float32"])
def test_value_and_gradient_are_those_of_torch(case, dtype):
    agree(first_order, case.fn, case.arrays(), dtype)


@every(checked("second"))
def test_second_derivative_is_that_of_torch(case):
    agree(second_order, case.fn, case.arrays())


@every(checked("gradcheck"))
def test_gradient_is_the_limit_of_differences(case):
    leaves = tensors(OURS, case.arrays())

    def differentiable(*xs):
        result = case.fn(OURS, *xs)
        outs = result if isinstance(result, (tuple, list)) else [result]
        return tuple(o for o in outs if o.requires_grad)

    if differentiable(*leaves):
        assert autograd.gradcheck(differentiable, leaves)


@every(CASES)
def test_a_rule_gives_the_same_on_arrays_and_on_tensors(case):
    on_arrays = first_order(OURS, case.fn, case.arrays()).grads
    _, _, on_tensors = recorded(OURS, case.fn, case.arrays())
    for plain, recorded_grad in zip(on_arrays, on_tensors):
        if plain is not None:
            np.testing.assert_array_equal(plain, array(recorded_grad))


@every([case for case in checked("broadcast", "elementwise") if len(case.specs) > 1], shapes=BROADCASTS)
def test_broadcast_inputs_get_gradients_of_their_own_shape(case, shapes):
    x, y = shapes
    for order in ([x, y, x], [y, x, y]):
        agree(first_order, case.fn, case.arrays(order[: len(case.specs)]), or_go_beyond=True)
        agree(second_order, case.fn, case.arrays(order[: len(case.specs)]), or_go_beyond=True)


@every([case for case in checked("layout") if not case.matrices], layout=LAYOUTS)
def test_memory_layout_does_not_matter(case, layout):
    agree(first_order, *laid_out(case.fn, case.arrays(), layout), or_refuse=True)


@every([case for case in checked("layout") if case.matrices], layout=[name for name in LAYOUTS if name != "stride 0"])
def test_memory_layout_of_matrices_does_not_matter(case, layout):
    """Not with stride 0: a matrix of equal rows has no inverse."""
    agree(first_order, *laid_out(case.fn, case.arrays(), layout), or_refuse=True)


@every(checked("empty"), axis=["first", "last"])
def test_arrays_without_elements(case, axis):
    shape = next((spec.shape for spec in case.specs if spec.shape), (3,))
    agree(first_order, case.fn, case.arrays(resized(case, shape[0 if axis == "first" else -1], 0)), or_refuse=True)


@every(checked("scalar"))
def test_arrays_without_axes(case):
    agree(first_order, case.fn, case.arrays([() for _ in case.specs]), or_refuse=True)
    if "second" not in case.without:
        agree(second_order, case.fn, case.arrays([() for _ in case.specs]), or_refuse=True)


@every([case for case in checked("incoming") if case.kind != "linalg"], incoming=[np.inf, np.nan, 0.0])
def test_gradients_that_are_not_finite_stay_where_they_belong(case, incoming):
    """A mask is a choice, not a product: inf * 0 is NaN."""
    agree(partial(first_order, incoming=incoming), case.fn, case.arrays())
    if "scalar" not in case.without:
        agree(partial(first_order, incoming=incoming), case.fn, case.arrays([() for _ in case.specs]), or_refuse=True)


@every(checked("edges", "elementwise"))
def test_edge_values_of_elementwise_ops(case):
    agree(first_order, case.fn, edge_arrays(len(case.specs)))


@every(checked("edges", "array"), values=TIES)
def test_ties_and_zeros_along_an_axis(case, values):
    agree(first_order, case.fn, [filled(TIES[values], spec.shape) for spec in case.specs])


@pytest.mark.parametrize("p", [-2, -1, -0.5, 0.5, 1, 1.5, 2, 3, np.inf, -np.inf])
def test_norms_of_zeros(p):
    agree(first_order, lambda m, x: m.norm(x, p), [np.zeros(3)])
    agree(first_order, lambda m, x: m.norm(x, p, dim=0), [np.array([[0.0, 0.0], [1.0, 0.0], [-2.0, 0.0]])])


@every([case for case in checked("edges", "array") if "infinite" not in case.without], values=INFINITE)
def test_infinities_and_nan_along_an_axis(case, values):
    agree(first_order, case.fn, [filled(INFINITE[values], spec.shape) for spec in case.specs])
