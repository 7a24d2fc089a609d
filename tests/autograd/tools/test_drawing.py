"""What a drawing of a graph says, and that looking at a graph leaves it as it was."""

import weakref
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, draw
from autograd.core.ops import OPS


def neuron():
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    return (x * w + b).tanh(), {"x": x, "w": w, "b": b}


def leaf(data, **options):
    return autograd.tensor(data, dtype=autograd.float64, requires_grad=True, **options)


def box(source, name):
    """The line of the DOT text with the box of this name."""
    (line,) = [line for line in source.splitlines() if f"<b>{name}</b>" in line]
    return line


# What it says.


def test_a_box_holds_name_value_and_gradient():
    out, names = neuron()
    out.backward()
    source = draw(out, out=out, **names).source
    for name, value in [*names.items(), ("out", out)]:
        assert f">{value.data:.4f}<" in box(source, name)
        assert f">{value.grad:.4f}<" in box(source, name)


def test_the_root_is_named_by_its_label():
    out = Value(2.0) * Value(3.0)
    out.label = "product"
    assert ">6.0000<" in box(draw(out).source, "product")


@pytest.mark.parametrize(
    ("fn", "rules"),
    [
        (lambda x, y: x * y, ["dx = g * y", "dy = g * x"]),
        (lambda x, y: x - y, ["dx = g", "dy = -g"]),
        (lambda x, y: (x + y).tanh(), ["dx = g * (1 - out * out)"]),
        (lambda x, y: autograd.stack([x, y]), ["dx0 = ", "dx1 = "]),
    ],
)
def test_an_edge_carries_the_rule_as_it_stands_in_the_table(fn, rules):
    source = draw(fn(leaf(2.0), leaf(3.0))).source
    assert all(f">{rule}" in source for rule in rules)


def test_a_rule_that_is_a_function_is_told_by_the_formula_in_its_docstring():
    source = draw(leaf([[1.0]]) @ leaf([[1.0]])).source
    assert "dy = x^T g" in source
    source = draw(leaf([1.0]) ** leaf([2.0])).source
    assert "dx = g y x^(y-1)" in source
    assert "0 where y = 0, whatever x is" in " ".join(source.split())


def test_a_rule_without_a_file_is_told_by_what_it_reads():
    key = autograd.primitive(lambda x: x * 2)
    key.__name__ = "double"
    op = autograd.define(key, eval("lambda g, x: g * 2"))
    try:
        assert "dx = f(g, x)" in draw(key(leaf(1.0))).source
    finally:
        del OPS[op.key]


def test_no_rules_are_written_when_none_are_wanted():
    assert "g * y" not in draw(leaf(2.0) * leaf(3.0), rules=False).source


def test_an_edge_says_where_broadcasting_is_undone():
    source = draw(leaf(np.ones((2, 3))) + leaf([1.0, 2.0, 3.0]) * leaf(1.0)).source
    assert "summed to [3]" in source
    assert "summed to one number" in source
    assert "summed to [2, 3]" not in source


def test_a_gradient_not_yet_computed_is_not_zero():
    x, y = leaf(0.0), leaf(2.0)
    out = x * y
    assert "not yet" in box(draw(out, y=y).source, "y")
    out.backward()
    after = box(draw(out, y=y).source, "y")
    assert "not yet" not in after
    assert ">0.0000<" in after


def test_a_gradient_that_is_not_kept_is_not_spoken_of():
    middle = leaf(2.0) * 3
    out = middle + 1
    assert ">grad<" not in box(draw(out, middle=middle).source, "middle")
    middle.retain_grad()
    assert "not yet" in box(draw(out, middle=middle).source, "middle")
    out.backward()
    assert ">1.0000<" in box(draw(out, middle=middle).source, "middle")


def test_small_tensors_are_shown_in_full_and_large_ones_by_range_and_mean():
    small, large = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf(np.linspace(-1, 3, 1000))
    source = draw(small.sum() + large.sum(), small=small, large=large).source
    assert "[[1. 2.]" in box(source, "small")
    assert "float64[2, 2]" in box(source, "small")
    assert "-1 … 3, mean 1" in box(source, "large")


def test_nan_and_inf_in_a_large_tensor_are_counted():
    x = leaf([np.nan, np.inf, *range(20)])
    assert "2 nan or inf" in draw(x * 2, x=x).source
    assert "22 nan or inf" in draw(x * np.nan).source


@pytest.mark.parametrize("value", [0.0, 1e-9, 1e12, np.nan, -np.inf])
def test_any_number_can_be_shown(value):
    assert draw(Value(value) * 1.0).svg()


def test_a_named_tensor_is_shown_as_it_has_become():
    w = Value(1.0)
    out = w * 2.0
    w.data -= 0.75
    assert ">0.2500<" in box(draw(out, w=w).source, "w")


def test_what_the_rules_have_saved_is_shown_until_backward_frees_it():
    x = leaf(0.5)
    out = x.exp() * x.sin() + 1.0
    saved = [f">{value:.4f}<" for value in (np.exp(0.5), np.sin(0.5))]
    assert all(text in draw(out).source for text in saved)
    out.backward()
    assert not any(text in draw(out).source for text in saved)


def test_every_value_shows_its_number_after_backward_too():
    a, b = Value(-4.0, label="a"), Value(2.0, label="b")
    c = (a * b + 1.5) / 3
    c.label = "c"
    d = 10.25 / c
    d.backward()
    source = draw(d).source
    for value in (a, b, c):
        assert f">{value.data:.4f}<" in box(source, value.label)
    assert all(f">{text}<" in source for text in ("-8.0000", "-6.5000", f"{d.data:.4f}"))
    assert all(f">{text}<" in source for text in ("1.5", "3", "10.25"))
    assert ">constant<" not in source


def test_a_value_that_nobody_holds_any_more_still_has_its_number_and_name():
    def hypotenuse():
        a, b = Value(3.0, label="a"), Value(4.0)
        square = a * a
        square.label = "a²"
        return (square + b * b) ** 0.5

    out = hypotenuse()
    out.backward()
    source = draw(out).source
    assert ">3.0000<" in box(source, "a")
    assert ">9.0000<" in box(source, "a²")
    assert ">4.0000<" in source


def test_a_value_is_shown_as_it_has_become():
    w = Value(1.0, label="w")
    out = w + 2
    w.data -= 0.75
    assert ">0.2500<" in box(draw(out).source, "w")


def test_a_living_leaf_shows_its_label_and_value_without_being_named():
    x = leaf([1.0, 2.0], label="x")
    y = x * 3
    y.label = "y"
    out = y.sum()
    out.backward()
    source = draw(out).source
    assert "[1. 2.]" in box(source, "x")
    assert "float64[2]" in box(source, "y")
    del x
    assert "float64[2]" in draw(out).source


def test_inputs_without_gradient_are_shown_and_named():
    x, w = autograd.tensor(np.arange(20.0).reshape(4, 5)), leaf(np.ones((5, 2)))
    source = draw(3.25 * (x @ w), x=x).source
    assert "0 … 19, mean 9.5" in box(source, "x")
    assert ">3.25<" in source


def test_a_constant_that_nothing_has_kept_is_called_a_constant():
    assert ">constant<" in draw(leaf(1.0) + 2.0).source


def test_a_module_gives_its_parameters_their_names():
    net = nn.MLP(2, [3, 1])
    source = draw(net(autograd.ones(4, 2)).sum(), net=net).source
    assert all(f"<b>net.{name}</b>" in source for name, _ in net.named_parameters())


def test_options_stand_with_the_op():
    assert ">axis=0<" in draw(leaf(np.ones((2, 3))).sum(0)).source


def test_several_roots_share_one_picture():
    x = leaf(2.0)
    a, b = x * 3, x + 4
    source = draw([a, b], a=a, b=b, x=x).source
    assert ">6.0000<" in box(source, "a")
    assert ">6.0000<" in box(source, "b")
    assert ">2.0000<" in box(source, "x")


def test_a_leaf_alone_is_a_box_alone():
    assert "->" not in draw(leaf(1.0, label="x")).source


def test_it_runs_from_left_to_right_or_from_top_to_bottom():
    out, _ = neuron()
    boxes = [ElementTree.fromstring(draw(out, direction=way).svg()).get("viewBox").split() for way in ("LR", "TB")]
    (across, low), (narrow, down) = ([float(length) for length in box[2:]] for box in boxes)
    assert across > low
    assert narrow < down


@pytest.mark.parametrize("named", ["constant", "unconnected", "view"])
def test_an_input_passed_by_name_always_appears_after_backward_too(named):
    x, w = autograd.tensor([1.0, 2.0, 3.0]), leaf([1.0, 1.0, 1.0])
    inputs = {"constant": x, "unconnected": autograd.ones(2), "view": x[:2]}
    out = (x * w).sum()
    assert "<b>x</b>" in draw(out, x=inputs[named]).source
    out.backward()
    assert draw(out, x=inputs[named]).source.count("<b>x</b>") == 1


def test_a_small_graph_lies_and_a_long_one_stands():
    out, _ = neuron()
    assert "rankdir=LR" in draw(out).source
    for _ in range(12):
        out = out.tanh()
    assert "rankdir=TB" in draw(out).source
    assert "rankdir=LR" in draw(out, direction="LR").source


# Large graphs.


def test_a_large_graph_is_summed_up():
    y = x = leaf(0.5)
    for _ in range(50_000):
        y = (y * x).sin()
    drawing = draw(y)
    assert repr(drawing) == "<drawing of 100,000 ops and 1 leaf>"
    assert len(drawing.source) < 5000
    assert drawing.source.count(" 50,000<") == 2


def test_the_limit_can_be_moved():
    out, _ = neuron()
    assert "counted, not drawn" in draw(out, limit=3).source
    assert "counted, not drawn" not in draw(out, limit=6).source


# The graph is left alone.


def test_drawing_changes_nothing():
    results = []
    for looks in (0, 2):
        x = leaf(np.linspace(0.1, 1, 6).reshape(2, 3))
        y = (x * x).exp() @ x.T
        for _ in range(looks):
            draw(y, x=x).svg()
        y.sum().backward()
        for _ in range(looks):
            draw(y)
        results.append(x.grad.numpy())
    np.testing.assert_array_equal(*results)


def test_a_drawing_holds_no_part_of_the_graph():
    out = leaf(1.0) * leaf(2.0)
    node = weakref.ref(out.grad_fn)
    drawing = draw(out)
    del out
    assert node() is None
    assert drawing.source


def test_a_second_derivative_has_a_drawing():
    x = leaf(0.5)
    (first,) = autograd.grad(x.tanh(), x, create_graph=True)
    assert "g * (1 - out * out)" in draw(first, x=x).source


# Wrong uses.


@pytest.mark.parametrize(
    ("use", "error", "says"),
    [
        (lambda: draw(3.0), TypeError, "expected a Tensor"),
        (lambda: draw([Value(1.0), 3.0]), TypeError, "expected a Tensor, a Value or a list of them, got float"),
        (lambda: draw([]), ValueError, "nothing to draw"),
        (lambda: draw(autograd.ones(2)), ValueError, r"no graph behind this float32\[2\].*requires_grad=True"),
        (lambda: draw(Value(1.0), direction="RL"), ValueError, "'LR'.*'TB'.*got 'RL'"),
        (lambda: draw(Value(1.0), theme="blue"), ValueError, "'auto', 'light' or 'dark', got 'blue'"),
        (lambda: draw(lambda: 3.0), TypeError, "expected a Tensor"),
        (lambda: draw(nn.Linear(2, 1)), TypeError, "expected a Tensor, a Value or a list of them, got Linear"),
        (
            lambda: draw(ValueError("no")),
            ValueError,
            "no function in the traceback of this ValueError was given a tensor",
        ),
        (lambda: draw(Value(1.0), x=[1.0]), TypeError, "x is a list, expected a tensor to name, or a module"),
    ],
)
def test_wrong_uses_are_told_what_was_expected(use, error, says):
    with pytest.raises(error, match=says):
        use()
