"""The engine of a hundred lines: it is that short, and its derivatives, first and second, are the real engine's."""

import ast
import gc
import re
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from sources import Source

import autograd
from demos import tiny_engine

SOURCE = Path(tiny_engine.__file__).read_text(encoding="utf-8")
PAGE = (Path(__file__).parent.parent / "docs" / "how-it-works.md").read_text(encoding="utf-8")

SHAPES = [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((4, 1, 3), (2, 1)), ((), (2,)), ((), ())]
MATRICES = [((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (6, 3, 4))]
PAIRS = {
    np.add: lambda x, y: x + y,
    np.subtract: lambda x, y: x - y,
    np.multiply: lambda x, y: x * y,
    np.divide: lambda x, y: x / y,
    np.power: lambda x, y: x**y,
    np.maximum: np.maximum,
}
SINGLES = {
    np.negative: lambda x: -x,
    np.exp: np.exp,
    np.log: np.log,
    np.sin: np.sin,
    np.cos: np.cos,
    np.tanh: np.tanh,
    np.absolute: lambda x: abs(x - 1),
    np.sign: lambda x: np.sign(x - 1) * x,
    np.sum: np.sum,
    np.matrix_transpose: lambda x: x.mT,
    np.reshape: lambda x: np.reshape(x, shape=(3, 2)),
    np.broadcast_to: lambda x: np.broadcast_to(x, shape=(4, 2, 3)),
    np.expand_dims: lambda x: np.expand_dims(x, axis=1),
}
EXPRESSIONS = {
    "a value used three times": lambda x: x * x * x,
    "a value used by ops of different ages": lambda x: (x + 1) * x + np.exp(x) / x,
    "numbers on the left": lambda x: 2 - 1 / x + 2**x,
    "arrays on the left": lambda x: np.ones((2, 1)) * x + np.arange(3.0),
    "softmax": lambda x: np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True),
    "variance": lambda x: np.sum((x - np.sum(x, axis=0) / 2) ** 2, axis=0),
}


def derivatives(engine, expression, arrays):
    """An expression's value, its gradients on arrays and on tensors, and the gradients of a function of these."""
    inputs = [engine.tensor(a, requires_grad=True) for a in arrays]
    out, again = expression(*inputs), expression(*inputs)
    weights = np.cos(np.arange(np.prod(out.shape))).reshape(out.shape)
    plain = engine.grad(np.sum(out * weights), inputs)
    first = engine.grad(np.sum(again * weights), inputs, create_graph=True)
    second = engine.grad(sum(np.sum(g * x * x) for g, x in zip(first, inputs)), inputs)
    return [numbers(t) for t in (out, *plain, *first, *second)]


def numbers(t):
    return np.asarray(t.data if isinstance(t, (tiny_engine.Tensor, autograd.Tensor)) else t)


def compare(expression, *arrays):
    ours, theirs = (derivatives(engine, expression, arrays) for engine in (tiny_engine, autograd))
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def some(*shape):
    """Numbers between 0.3 and 2."""
    return np.random.default_rng(sum(shape)).uniform(0.3, 2, shape)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("function", PAIRS, ids=lambda function: function.__name__)
def test_a_function_of_two_inputs_agrees_with_the_real_engine_however_they_are_broadcast(function, shapes):
    compare(PAIRS[function], *(some(*shape) for shape in shapes))


@pytest.mark.parametrize("function", SINGLES, ids=lambda function: function.__name__)
def test_a_function_of_one_input_agrees_with_the_real_engine(function):
    compare(SINGLES[function], some(2, 3))


@pytest.mark.parametrize("shapes", MATRICES, ids=str)
def test_matrix_products_agree_with_the_real_engine(shapes):
    compare(lambda x, y: x @ y, *(some(*shape) for shape in shapes))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (-1, 0), (0, 1, 2)])
def test_sums_over_any_axes_agree_with_the_real_engine(axis, keepdims):
    compare(lambda x: np.sum(x * x, axis=axis, keepdims=keepdims), some(2, 3, 4))


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_agrees_with_the_real_engine(name):
    compare(EXPRESSIONS[name], some(2, 3))


def test_at_ties_and_kinks_too_it_agrees_with_the_real_engine():
    compare(np.maximum, np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    compare(abs, np.array([-1.0, 0.0, 2.0]))


def test_a_network_agrees_with_the_real_engine():
    x, y = some(5, 2), np.array([[1], [-1], [-1], [1], [1]])

    def loss(w1, b1, w2, b2):
        score = np.maximum(np.tanh(x @ w1 + b1) @ w2 + b2, 0)
        return np.log(1 + np.exp(-y * score)).sum() / len(y)

    compare(loss, some(2, 4), some(4), some(4, 1), some(1))


def test_every_rule_of_the_table_is_compared():
    assert {*PAIRS, *SINGLES, np.matmul} == {*tiny_engine.RULES}


def test_the_same_lines_give_derivatives_of_any_order():
    x = tiny_engine.tensor(3.0, requires_grad=True)
    y, orders = x**4, []
    for _ in range(5):
        (y,) = tiny_engine.grad(y, [x], create_graph=True)
        orders.append(float(y.data))
    assert orders == [108, 108, 72, 24, 0]


def test_a_chain_of_a_hundred_thousand_ops_is_walked_and_forgotten():
    x = y = tiny_engine.tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = y * 1.0
    assert tiny_engine.grad(y, [x]) == [1]
    del y


def test_a_value_used_twice_in_each_of_many_layers_is_walked_once():
    x = y = tiny_engine.tensor(1.0, requires_grad=True)
    for _ in range(200):
        y = y / 2 + y / 2
    assert tiny_engine.grad(y, [x]) == [1]


def test_a_node_keeps_what_its_rules_name_and_nothing_else():
    x, y = (tiny_engine.tensor(some(3), requires_grad=True) for _ in range(2))
    saved = lambda out: [set(saved) for _, _, saved in out.node.edges]
    assert saved(x + y) == [set(), set()]
    assert saved(x * y) == [{"y"}, {"x"}]
    assert saved(x * 2) == [{"y"}]
    assert saved(np.tanh(x)) == [{"out"}]
    assert saved(np.sum(x, axis=0)) == [{"x_shape", "axis"}]
    assert (x + y).node.edges[0][0] is x.node


def test_nothing_is_recorded_where_no_gradient_is_wanted():
    assert np.tanh(tiny_engine.tensor([1.0]) * 2).node is None


def test_a_graph_dies_with_its_last_tensor():
    gc.disable()
    try:
        x = tiny_engine.tensor(some(3), requires_grad=True)
        out = np.tanh(x * x)
        node = weakref.ref(out.node)
        tiny_engine.grad(out, [x], create_graph=True)
        del out
        assert node() is None
    finally:
        gc.enable()


def test_two_gradients_never_share_their_memory():
    x, y = (tiny_engine.tensor(some(3), requires_grad=True) for _ in range(2))
    dx, dy = tiny_engine.grad(x + y, [x, y])
    dx += 1
    assert (dy == 1).all()


def test_what_the_table_does_not_hold_is_refused():
    x = tiny_engine.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(KeyError, match="sinh"):
        np.sinh(x)
    with pytest.raises(TypeError, match="out"):
        x += 1
    with pytest.raises(TypeError, match="NotImplemented"):
        np.multiply.outer(x, x)
    with pytest.raises(ValueError, match="shorter"):
        np.sum(x, 0)


# -- the file, and the page that shows it ------------------------------------------------------------------------------


def test_it_is_a_hundred_lines():
    assert Source("demos/tiny_engine.py", SOURCE).code <= 100


def test_it_needs_numpy_and_nothing_else():
    imported = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    rooms = {name.partition(".")[0] for node in imported for name in [getattr(node, "module", node.names[0].name)]}
    assert rooms - {*sys.stdlib_module_names} == {"numpy"}


def test_the_page_shows_all_of_it_in_its_order():
    part = PAGE.split("## The engine in a hundred lines")[1].split("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", part, re.DOTALL)
    docstring = ast.get_docstring(ast.parse(SOURCE), clean=False)
    assert lines("".join(blocks)) == lines(SOURCE.removeprefix(f'"""{docstring}"""'))


def lines(text):
    """The lines that are neither blank nor headings."""
    return [line for line in text.splitlines() if line and not line.startswith("# --")]
