"""A forward pass that failed, as a picture: the graph up to the op that failed, which is red."""

import gc
import weakref

import pytest

import autograd
import nn
from autograd import draw


def error_of(function):
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("it did not fail")


def faulty(source):
    """The line of the op that failed."""
    (line,) = [line for line in source.splitlines() if line.strip().startswith("fault [")]
    return line


def leaf(*shape):
    return autograd.ones(*shape, requires_grad=True)


@pytest.mark.parametrize(
    ("function", "op", "shapes"),
    [
        (lambda: leaf(2, 3).exp() + leaf(4, 5).sin(), "add", ["float32[2, 3]", "float32[4, 5]"]),
        (lambda: leaf(2, 3) @ leaf(2, 3), "matmul", ["float32[2, 3]", "float32[2, 3]"]),
        (lambda: autograd.cat([leaf(2, 3), leaf(4, 5)]), "cat", ["float32[2, 3]", "float32[4, 5]"]),
        (lambda: leaf(2, 3).reshape(7), "reshape", ["float32[2, 3]"]),
        (lambda: nn.functional.conv2d(leaf(1, 2, 5, 5), leaf(1, 3, 2, 2)), "conv2d", ["float32[1, 2, 5, 5]"]),
        (lambda: autograd.ones(2) + leaf(3), "add", ["float32[2]", "float32[3]"]),
    ],
)
def test_the_op_that_failed_is_shown_with_the_shapes_it_was_given(function, op, shapes):
    error = error_of(function)
    line = faulty(draw(error).source)
    assert f"<b>{op} failed</b>" in line
    assert all(shape in line for shape in shapes)
    assert type(error).__name__ in line


def test_the_graph_up_to_it_is_drawn_and_joined_to_it_in_red():
    source = draw(error_of(lambda: leaf(2, 3).exp() + leaf(4, 5).sin())).source
    assert "<b>exp</b>" in source
    assert "<b>sin</b>" in source
    red = [line for line in source.splitlines() if "-> fault" in line]
    assert len(red) == 2
    assert all(autograd.tools.dot_labels.FAULT in line for line in red)


def test_a_layer_that_does_not_fit_is_named():
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(9, 3))
    x = autograd.ones(5, 4)
    source = draw(error_of(lambda: net(x)), x=x).source
    line = faulty(source)
    assert "in module Sequential.2: Linear(in_features=9" in line
    assert "float32[5, 8]" in line
    assert "float32[3, 9]" in line
    assert "<b>Sequential.0.weight</b>" in source
    assert "<b>x</b>" in source


def test_in_a_large_network_it_is_shown_too():
    net = nn.MLP(8, [8] * 20, activation=nn.ReLU)
    net[38] = nn.Linear(7, 8)
    source = draw(error_of(lambda: net(autograd.ones(1, 8)))).source
    assert "-> fault" in source
    assert "Linear + relu × 19" in source


def test_at_the_end_of_a_graph_that_is_only_counted_it_is_shown_too():
    x = leaf(2, 3)
    for _ in range(20):
        x = x.sin()
    source = draw(error_of(lambda: x + leaf(4, 5)), limit=1).source
    assert "counted, not drawn" in source
    assert "<b>add failed</b>" in faulty(source)


def test_a_failure_without_any_graph_is_drawn_by_itself():
    x, y = autograd.ones(2), autograd.ones(3)
    source = draw(error_of(lambda: x * y), x=x).source
    assert "<b>mul failed</b>" in faulty(source)
    assert "<b>x</b>" in source
    assert draw(error_of(lambda: x * y)).svg()


def test_a_function_of_the_user_that_complains_is_what_failed():
    def attend(query, key):
        raise ValueError("no key like this")

    line = faulty(draw(error_of(lambda: attend(leaf(2).exp(), leaf(3)))).source)
    assert "<b>attend failed</b>" in line
    assert "<b>query</b>" in line
    assert "ValueError: no key like this" in line


@pytest.mark.parametrize("combine", [lambda x, y: x + y, lambda x, y: autograd.cat([x, y])], ids=["op", "function"])
def test_what_the_exception_holds_is_freed_with_it(combine):
    x, seen = leaf(2, 3), []

    def fail():
        hidden = x.exp()
        seen.append(weakref.ref(hidden))
        return combine(hidden, leaf(4, 5))

    error = error_of(fail)
    drawing = draw(error)
    assert seen[0]() is not None
    del error
    gc.collect()
    assert seen[0]() is None
    assert drawing.svg()


def test_an_exception_whose_message_is_hostile_is_shown_as_text():
    def fail(x):
        raise ValueError('<b>"&\n</b> <script>')

    svg = draw(error_of(lambda: fail(leaf(2)))).svg()
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
