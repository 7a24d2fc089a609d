"""Derivatives as functions of functions, against torch.func."""

import numpy as np
import pytest
import torch
from torch.autograd import functional as tf

import autograd as ag
from autograd import func

# torch's own forward mode calls a deprecated part of torch
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")

X = np.array([0.3, -0.7, 1.2])
W = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.3]])


def ours(a):
    return ag.tensor(a)


def theirs(a):
    return torch.tensor(a)


def close(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10, atol=1e-12)


def scalar(m):
    return lambda x: (m.exp(x) * x).sum() + x.prod()


def two(m):
    return lambda x, w: m.tanh(w @ x).sum()


def vector(m):
    return lambda x: m.sin(x) * x.sum()


def test_grad_is_that_of_torch():
    close(func.grad(scalar(ag))(ours(X)), torch.func.grad(scalar(torch))(theirs(X)))


def test_grad_by_several_arguments():
    mine = func.grad(two(ag), argnums=(0, 1))(ours(X), ours(W))
    for a, b in zip(mine, torch.func.grad(two(torch), argnums=(0, 1))(theirs(X), theirs(W))):
        close(a, b)


def test_value_and_grad_gives_both():
    g, value = torch.func.grad_and_value(scalar(torch))(theirs(X))
    mine_value, mine_g = func.value_and_grad(scalar(ag))(ours(X))
    close(mine_value, value)
    close(mine_g, g)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_grad_of_grad_to_any_order(order):
    def f(m):
        return lambda x: m.sin(x) * x**3

    mine, reference = f(ag), f(torch)
    for _ in range(order):
        mine, reference = func.grad(mine), torch.func.grad(reference)
    close(mine(ours(np.array(0.8))), reference(theirs(np.array(0.8))))


def test_vjp_is_that_of_torch():
    v = np.array([1.0, -2.0, 0.5])
    out, pull = func.vjp(vector(ag), ours(X))
    reference, torch_pull = torch.func.vjp(vector(torch), theirs(X))
    close(out, reference)
    close(pull(ours(v))[0], torch_pull(theirs(v))[0])
    close(pull(ours(2 * v))[0], torch_pull(theirs(2 * v))[0])


def test_jvp_is_that_of_torch():
    v = np.array([1.0, -2.0, 0.5])
    out, moved = func.jvp(vector(ag), (ours(X),), (ours(v),))
    reference, torch_moved = torch.func.jvp(vector(torch), (theirs(X),), (theirs(v),))
    close(out, reference)
    close(moved, torch_moved)


def test_jvp_of_two_arguments():
    tangents = X * 2, W - 1
    out, moved = func.jvp(two(ag), (ours(X), ours(W)), tuple(map(ours, tangents)))
    reference, torch_moved = torch.func.jvp(two(torch), (theirs(X), theirs(W)), tuple(map(theirs, tangents)))
    close(out, reference)
    close(moved, torch_moved)


def test_jvp_of_a_linear_and_of_a_constant_function():
    _, moved = func.jvp(lambda x: x * 3, (ours(X),), (ours(X),))
    close(moved, theirs(3 * X))
    _, still = func.jvp(lambda x: ours(X), (ours(X),), (ours(X),))
    close(still, theirs(0 * X))


def test_hvp_is_that_of_torch():
    v = np.array([1.0, -2.0, 0.5])
    value, product = func.hvp(scalar(ag), (ours(X),), (ours(v),))
    reference, torch_product = tf.hvp(scalar(torch), theirs(X), theirs(v))
    close(value, reference)
    close(product, torch_product)


def test_jacobian_and_hessian_are_those_of_torch():
    close(func.jacobian(vector(ag))(ours(X)), torch.func.jacrev(vector(torch))(theirs(X)))
    close(func.hessian(scalar(ag))(ours(X)), torch.func.hessian(scalar(torch))(theirs(X)))


def test_jacobian_by_several_arguments_has_the_shape_of_output_and_input():
    mine = func.jacobian(lambda x, w: w @ x, argnums=(0, 1))(ours(X), ours(W))
    reference = torch.func.jacrev(lambda x, w: w @ x, argnums=(0, 1))(theirs(X), theirs(W))
    for a, b in zip(mine, reference):
        assert a.shape == tuple(b.shape)
        close(a, b)


def test_results_carry_no_graph_of_their_own():
    assert not func.grad(scalar(ag))(ours(X)).requires_grad
    assert not func.jacobian(vector(ag))(ours(X)).requires_grad
    assert not func.vjp(vector(ag), ours(X))[0].requires_grad


def test_a_gradient_can_be_differentiated_by_what_the_function_closed_over():
    w = ag.tensor(2.0, dtype=ag.float64, requires_grad=True)
    func.grad(lambda x: (w * x * x).sum())(ours(X)).sum().backward()
    assert w.grad.item() == pytest.approx(2 * X.sum())


def test_inputs_are_left_as_they_were_and_may_require_grad():
    x = ag.tensor(X, requires_grad=True)
    g = func.grad(scalar(ag))(x)
    assert x.grad is None
    g.sum().backward()
    reference = theirs(X).requires_grad_()
    torch.func.grad(scalar(torch))(reference)
    h = torch.func.hessian(scalar(torch))(theirs(X)).sum(0)
    close(x.grad, h)


def test_a_function_that_ignores_its_input_has_a_gradient_of_zeros():
    assert func.grad(lambda x: ag.tensor(1.0, dtype=ag.float64))(ours(X)).tolist() == [0.0, 0.0, 0.0]


def test_grad_wants_a_scalar():
    with pytest.raises(RuntimeError, match="scalar"):
        func.grad(vector(ag))(ours(X))


def test_they_work_under_no_grad():
    with ag.no_grad():
        close(func.grad(scalar(ag))(ours(X)), torch.func.grad(scalar(torch))(theirs(X)))


def test_vjp_of_a_constant_function_is_zeros():
    _, pull = func.vjp(lambda x: ag.ones(2, dtype=ag.float64), ours(X))
    (g,) = pull(ag.ones(2, dtype=ag.float64))
    assert g.tolist() == [0.0, 0.0, 0.0]
    assert not g.requires_grad


def test_a_jacobian_without_rows_has_the_dtype_of_the_input():
    rows = func.jacobian(lambda x: x[:0])(ag.ones(3))
    assert rows.shape == (0, 3)
    assert rows.dtype == ag.float32


@pytest.mark.parametrize("use", [
    lambda f: func.vjp(f, ours(X)),
    lambda f: func.jvp(f, (ours(X),), (ours(X),)),
    lambda f: func.jacobian(f)(ours(X)),
    lambda f: func.grad(f)(ours(X)),
])
def test_they_want_a_function_that_returns_a_tensor(use):
    with pytest.raises(RuntimeError, match="expected the function to return a"):
        use(lambda x: (x, x))


@pytest.mark.parametrize("product", [func.jvp, func.hvp])
def test_each_primal_has_a_tangent(product):
    with pytest.raises(RuntimeError, match="expected a tangent for each primal, got 2 for 1"):
        product(scalar(ag), (ours(X),), (ours(X), ours(X)))
