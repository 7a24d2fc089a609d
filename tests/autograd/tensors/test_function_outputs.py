"""Function: outputs of several dtypes, arguments that forward writes to, outputs without a gradient, as in torch."""

import pytest

import autograd
from tests.autograd.tensors.test_custom_function import LIBRARIES, base
from tests.oracle import array

PROGRAMS = {}


def program(function):
    """A function of the library, a leaf of ones, and a list for what backward is given; it returns tensors."""
    PROGRAMS[function.__name__.replace("_", " ")] = function
    return function


def several(m, seen, zeros=True):
    """Four outputs: of three dtypes, of which one carries no gradient."""

    class Several(base(m)):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(zeros)
            return x * 2, (x * 3).double(), x.long(), (x * 5).half()

        @staticmethod
        def backward(ctx, *gradients):
            seen.extend(gradients)
            return sum(k * g.float() for k, g in zip((2, 3, 0, 5), gradients) if g is not None)

    return Several.apply


def doubling(m, seen):
    """Writes to its argument."""

    class Double(base(m)):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.mul_(2)
            return x

        @staticmethod
        def backward(ctx, g):
            seen.append(g)
            return g * 2

    return Double.apply


@program
def outputs_of_several_dtypes(m, x, seen):
    a, b, c, d = several(m, seen)(x)
    (a.sum() + b.sum() + d.sum()).backward()
    return x.grad, a, b, c, d


@program
def zeros_for_outputs_that_nobody_used(m, x, seen):
    a, *_ = several(m, seen)(x)
    a.sum().backward()
    return (x.grad,)


@program
def none_for_outputs_that_nobody_used(m, x, seen):
    _, b, *_ = several(m, seen, zeros=False)(x)
    b.sum().backward(retain_graph=True)
    b.sum().backward()
    return (x.grad,)


@program
def none_in_a_walk_after_another(m, x, seen):
    a, b, *_ = several(m, seen, zeros=False)(x)
    (a.sum() + b.sum()).backward(retain_graph=True)
    a.sum().backward()
    return (x.grad,)


@program
def a_write_to_a_computed_tensor(m, x, seen):
    y = x * 1
    view = y[:1]
    z = doubling(m, seen)(y)
    assert z is y
    (z * 3).sum().backward()
    return x.grad, y, view


@program
def a_write_to_a_view(m, x, seen):
    y = x * 1
    z = doubling(m, seen)(y[1:])
    y.sum().backward()
    return x.grad, y, z


@program
def a_write_to_a_constant(m, x, seen):
    y = m.ones(3)
    doubling(m, seen)(y)
    return (y,)


@program
def a_write_without_recording(m, x, seen):
    with m.no_grad():
        doubling(m, seen)(x)
    return (x,)


@pytest.mark.parametrize("name", PROGRAMS)
def test_outputs_and_gradients_are_those_of_torch(name):
    results = []
    for m in LIBRARIES.values():
        seen = []
        given = PROGRAMS[name](m, m.ones(3, requires_grad=True), seen)
        results.append([(t.requires_grad, str(t.dtype)[-5:], array(t.detach()).tolist()) for t in given])
        results[-1].append([None if g is None else (str(g.dtype)[-5:], g.tolist()) for g in seen])
    assert results[0] == results[1]


def test_second_derivatives_go_through_outputs_of_several_dtypes():
    x = autograd.ones(3, dtype=autograd.float64, requires_grad=True)

    class Powers(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2, (x**3).float()

        @staticmethod
        def backward(ctx, g, h):
            (x,) = ctx.saved_tensors
            return g * 2 * x + h * 3 * x**2

    y, z = Powers.apply(x)
    (first,) = autograd.grad(y.sum() + z.sum(), x, create_graph=True)
    (second,) = autograd.grad(first.sum(), x)
    assert first.tolist() == [5, 5, 5]
    assert second.tolist() == [8, 8, 8]


@pytest.mark.parametrize("m", LIBRARIES.values(), ids=LIBRARIES)
def test_a_write_to_a_leaf_that_requires_grad_is_refused(m):
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        doubling(m, [])(m.ones(3, requires_grad=True))


def test_a_refused_write_has_changed_nothing():
    x = autograd.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        doubling(autograd, [])(x)
    assert x.tolist() == [1, 1, 1]


@pytest.mark.parametrize("m", LIBRARIES.values(), ids=LIBRARIES)
def test_what_is_marked_dirty_must_be_returned(m):
    class Lost(base(m)):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(RuntimeError, match="marked as dirty during the forward method were not returned"):
        Lost.apply(m.ones(3, requires_grad=True) * 1)


