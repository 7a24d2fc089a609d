"""Function: an op as a class does what torch's does, with values, gradients, second derivatives and refusals."""

import gc
import weakref

import numpy as np
import pytest
import torch

import autograd
from tests.oracle import array

LIBRARIES = {"ours": autograd, "torch": torch}


def base(m):
    return m.autograd.Function if m is torch else m.Function


def gradient(m, *args, **options):
    return (m.autograd if m is torch else m).grad(*args, **options)


def leaf(m, *values):
    return m.tensor(values, dtype=m.float64, requires_grad=True)


def exponential(m):
    class Exp(base(m)):
        @staticmethod
        def forward(ctx, x):
            out = x.exp()
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx, g):
            (out,) = ctx.saved_tensors
            return g * out

    return Exp.apply


def scaled_product(m):
    class ScaledProduct(base(m)):
        @staticmethod
        def forward(ctx, x, y, scale, name="mul"):
            ctx.save_for_backward(x, y)
            ctx.scale = scale
            ctx.name = name
            return x * y * scale

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            assert ctx.name == "mul"
            dx = g * y * ctx.scale if ctx.needs_input_grad[0] else None
            dy = g * x * ctx.scale if ctx.needs_input_grad[1] else None
            return (dx, dy, None, None)[: len(ctx.needs_input_grad)]

    return ScaledProduct.apply


def setup_later(m):
    class Cube(base(m)):
        @staticmethod
        def forward(x):
            return x**3

        @staticmethod
        def setup_context(ctx, inputs, output):
            (x,) = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * g * x**2

    return Cube.apply


def both(m):
    """Two outputs, of which the second is saved."""

    class SumAndProduct(base(m)):
        @staticmethod
        def forward(ctx, x, y):
            total, product = (x + y).sum(), x * y
            ctx.save_for_backward(x, product)
            ctx.shape = x.shape
            return total, product

        @staticmethod
        def backward(ctx, g, h):
            x, product = ctx.saved_tensors
            y = product / x
            return g.expand(ctx.shape) + h * y, g.expand(ctx.shape) + h * x

    return SumAndProduct.apply


def largest(m):
    class Largest(base(m)):
        @staticmethod
        def forward(ctx, x):
            index = x.argmax()
            ctx.save_for_backward(x, index)
            ctx.mark_non_differentiable(index)
            return x.amax(), index

        @staticmethod
        def backward(ctx, g, unused):
            x, index = ctx.saved_tensors
            assert tuple(unused.shape) == ()
            assert not unused.any()
            dx = m.zeros_like(x)
            dx[index] = 1.0
            return g * dx

    return Largest.apply


PROGRAMS = {
    "one output": lambda m, x, y: exponential(m)(x * y),
    "twice": lambda m, x, y: exponential(m)(exponential(m)(x)) * y,
    "two inputs": lambda m, x, y: scaled_product(m)(x, y, 2.0),
    "an option": lambda m, x, y: scaled_product(m)(x, y, 2.0, "mul"),
    "one input that needs no gradient": lambda m, x, y: scaled_product(m)(x, y.detach(), 2.0) * y,
    "the same input twice": lambda m, x, y: scaled_product(m)(x, x, 0.5) + y,
    "context set up after forward": lambda m, x, y: setup_later(m)(x) * y,
    "two outputs": lambda m, x, y: both(m)(x, y),
    "the first of two outputs": lambda m, x, y: both(m)(x, y)[0],
    "the second of two outputs": lambda m, x, y: both(m)(x, y * x)[1] ** 2,
    "an output without gradient": lambda m, x, y: largest(m)(x)[0] * y,
}


def run(m, program):
    """The values, the gradients, and the gradients of the squares of those."""
    x, y = leaf(m, 0.5, 1.5, -0.7), leaf(m, 2.0, -1.0, 0.3)
    outs = program(m, x, y)
    outs = outs if isinstance(outs, tuple) else (outs,)
    total = sum((out * (k + 2)).sum() for k, out in enumerate(outs))
    first = gradient(m, total, (x, y), create_graph=True)
    second = gradient(m, sum((g * g).sum() for g in first), (x, y), allow_unused=True)
    x2, y2 = leaf(m, 0.5, 1.5, -0.7), leaf(m, 2.0, -1.0, 0.3)
    again = program(m, x2, y2)
    again = again if isinstance(again, tuple) else (again,)
    sum((out * (k + 2)).sum() for k, out in enumerate(again)).backward()
    return [array(t) for t in (*outs, *first, *second, x2.grad, y2.grad)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_derivatives_of_two_orders_are_those_of_torch(name):
    for ours, theirs in zip(*(run(m, PROGRAMS[name]) for m in LIBRARIES.values()), strict=True):
        if theirs is None:
            assert ours is None or not ours.any()
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in PROGRAMS if "needs no gradient" not in name])
def test_gradcheck_agrees(name):
    inputs = leaf(autograd, 0.5, 1.5, -0.7), leaf(autograd, 2.0, -1.0, 0.3)
    assert autograd.gradcheck(lambda x, y: PROGRAMS[name](autograd, x, y), inputs)
    assert autograd.gradgradcheck(lambda x, y: PROGRAMS[name](autograd, x, y), inputs)


def silent(m):
    class Silent(base(m)):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, g):
            return None, g

    return Silent.apply


def test_none_is_no_gradient_at_all():
    for m in LIBRARIES.values():
        x, y = leaf(m, 1.0), leaf(m, 2.0)
        silent(m)(x, y).sum().backward()
        assert x.grad is None
        assert y.grad.tolist() == [1.0]


def needs(m, seen):
    class Needs(base(m)):
        @staticmethod
        def forward(ctx, x, n, y):
            seen.append(ctx.needs_input_grad)
            assert not m.is_grad_enabled()
            return x * n * y

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            seen.append(m.is_grad_enabled())
            return g, None, g

    return Needs.apply


def test_the_context_tells_which_gradients_are_wanted():
    told = {}
    for name, m in LIBRARIES.items():
        seen = told[name] = []
        x, y = leaf(m, 1.0), leaf(m, 2.0)
        op = needs(m, seen)
        out = op(x, 3, y.detach())
        out.backward(retain_graph=True)
        gradient(m, op(x, 3, y).sum(), y)
        gradient(m, op(x, 3, y).sum(), x, create_graph=True)
        with m.no_grad():
            assert not op(x, 3, y).requires_grad
    assert told["ours"] == told["torch"]


def test_without_gradient_nothing_is_recorded():
    x = autograd.ones(2)
    out = exponential(autograd)(x)
    assert not out.requires_grad
    assert largest(autograd)(leaf(autograd, 1.0, 2.0))[1].tolist() == 1
    assert not largest(autograd)(leaf(autograd, 1.0, 2.0))[1].requires_grad


def once(m):
    once_differentiable = torch.autograd.function.once_differentiable if m is torch else m.once_differentiable

    class Square(base(m)):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            assert not m.is_grad_enabled()
            return 2 * g * x

    return Square.apply


def test_a_backward_that_is_once_differentiable_refuses_a_second_time():
    for m in LIBRARIES.values():
        x = leaf(m, 3.0)
        (g,) = gradient(m, once(m)(x).sum(), x)
        assert (g.tolist(), g.requires_grad) == ([6.0], False)
        (g,) = gradient(m, once(m)(x).sum(), x, create_graph=True)
        assert (g.tolist(), g.requires_grad) == ([6.0], False)
        (g,) = gradient(m, (once(m)(x) * x).sum(), x, create_graph=True)
        assert (g.tolist(), g.requires_grad) == ([27.0], True)
        with pytest.raises(RuntimeError, match="marked with @once_differentiable"):
            g.sum().backward()


def broken(m, result, count=1):
    class Broken(base(m)):
        @staticmethod
        def forward(ctx, *xs):
            return xs[0] * 2

        @staticmethod
        def backward(ctx, g):
            return result(m, g)

    return Broken.apply(*[leaf(m, 1.0, 2.0) for _ in range(count)]).sum()


BROKEN = {
    "too few gradients": (lambda m, g: g, 2, "incorrect number of gradients"),
    "too many gradients": (lambda m, g: (g, g), 1, "incorrect number of gradients"),
    "a gradient of the wrong shape": (lambda m, g: m.ones(3), 1, "shape"),
    "a gradient that is no tensor": (lambda m, g: 1.0, 1, None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_backward_is_refused_as_in_torch(name):
    result, count, message = BROKEN[name]
    errors = []
    for m in LIBRARIES.values():
        with pytest.raises((RuntimeError, TypeError), match=message) as caught:
            broken(m, result, count).backward()
        errors.append(type(caught.value))
    assert errors[0] is errors[1]


def test_extra_gradients_may_be_none():
    for m in LIBRARIES.values():
        broken(m, lambda m, g: (g, None, None)).backward()


def test_what_was_saved_is_freed_and_asked_for_again_in_vain():
    for m in LIBRARIES.values():
        y = exponential(m)(leaf(m, 1.0))
        y.backward(retain_graph=True)
        y.backward()
        with pytest.raises(RuntimeError, match="second time"):
            y.backward()


def test_a_write_to_what_was_saved_is_found():
    for m in LIBRARIES.values():
        x = leaf(m, 1.0, 2.0)
        h = x * 1
        y = scaled_product(m)(h, h, 1.0)
        with m.no_grad():
            h += 1.0
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_the_graph_dies_by_reference_count():
    gc.disable()
    try:
        for op in (exponential, lambda m: lambda x: both(m)(x, x)[1], setup_later):
            y = op(autograd)(leaf(autograd, 1.0, 2.0))
            node = weakref.ref(y.grad_fn)
            del y
            assert node() is None
    finally:
        gc.enable()


def test_saved_values_are_released_by_backward():
    big = autograd.ones(1000, requires_grad=True) * 1
    alive = weakref.ref(big)
    y = scaled_product(autograd)(big, big, 2.0).sum()
    del big
    assert alive() is not None
    y.backward()
    assert alive() is None


def test_what_is_not_supported_says_so():
    class Unfinished(autograd.Function):
        pass

    class Text(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return "text"

    class Keeps(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3)

    x = autograd.ones(2, requires_grad=True)
    with pytest.raises(NotImplementedError, match="must implement the forward function"):
        Unfinished.apply(x)
    with pytest.raises(TypeError, match=r"Text\.forward: expected to return tensors, got str"):
        Text.apply(x)
    with pytest.raises(TypeError, match="save_for_backward can only save tensors, got int"):
        Keeps.apply(x)


def test_it_has_a_name_in_messages_and_drawings():
    y = exponential(autograd)(leaf(autograd, 1.0, 2.0))
    assert y.grad_fn.op.name == "Exp"
    assert "Exp" in autograd.draw(y).source
