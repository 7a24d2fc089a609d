"""`autograd.debug`: what it shows is what the engine does, and looking changes nothing."""

import threading

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, debug
from autograd.core.listeners import listeners
from autograd.core.shapes import unbroadcast
from autograd.hooks import node_of
from autograd.tools.array_summary import Summary


def leaf(data, label=""):
    x = autograd.tensor(data, dtype=autograd.float64, requires_grad=True)
    x.label = label
    return x


def twice():
    """`b = a + a; c = b + b`, with their names."""
    a = Value(2.0, label="a")
    b = a + a
    c = b + b
    b.label, c.label = "b", "c"
    return a, b, c


def network():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    loss = nn.CrossEntropyLoss()(net(autograd.randn(5, 3)), autograd.tensor([0, 1, 0, 1, 1]))
    return net, loss


def walked(debugger):
    """The debugger, at the end."""
    debugger.resume()
    return debugger


# What is recorded is what the engine does.


@pytest.mark.parametrize(
    "fn",
    [
        lambda x, y: (x * y + x).tanh().sum(),
        lambda x, y: (x @ y.mT).exp().sum(),
        lambda x, y: autograd.stack([x, y, x]).max(),
        lambda x, y: autograd.where(x > y, x, y).square().mean(),
        lambda x, y: (x[0] * 2 + y[:, :1]).sum(),
        lambda x, y: (x / y.sum(0)).prod(),
    ],
)
def test_the_last_gradient_of_every_leaf_is_that_of_backward(fn):
    x, y = leaf(np.arange(1.0, 7).reshape(2, 3)), leaf(np.arange(2.0, 8).reshape(2, 3) / 5)
    debugger = walked(debug(fn(x, y)))
    fn(x, y).backward()
    for each in (x, y):
        assert np.array_equal(debugger.gradient(each).values, each.grad.numpy())
        parts = [part.values for _, part in debugger.contributions(each)]
        assert np.allclose(sum(parts), each.grad.numpy())


def test_the_steps_are_those_of_the_walk_in_its_order():
    told = []

    class Listener:
        def pulled(self, node, g, gradients):
            told.append((node, np.array(g), [np.array(r) for r in gradients]))

    _, loss = network()
    debugger = debug(loss)
    end = autograd.hooks.observe(Listener())
    loss.backward()
    end()
    assert [step.node for step in debugger.walk.steps] == [node for node, _, _ in told]
    for step, (_, g, gradients) in zip(debugger.walk.steps, told, strict=True):
        assert np.array_equal(step.g.values, g)
        for flow, r in zip(step.flows, gradients, strict=True):
            assert np.array_equal(flow.gradient.values, unbroadcast(r, flow.node.shape))


def test_a_gradient_is_shown_in_the_shape_of_its_input():
    x, y = leaf(np.ones((2, 3))), leaf([1.0, 2.0, 3.0])
    step = debug((x * y).sum()).run_to("mul")
    assert [flow.gradient.shape for flow in step.flows] == [(2, 3), (3,)]
    assert step.flows[1].gradient.values.tolist() == [2.0, 2.0, 2.0]


def test_a_gradient_that_was_there_before_is_the_first_contribution():
    x = leaf(3.0, "x")
    (x * x).backward()
    debugger = walked(debug(x * x))
    assert [(who, part.item()) for who, part in debugger.contributions(x)] == [("before", 6), ("mul", 3), ("mul", 3)]
    assert debugger.gradient(x).item() == 12
    assert x.grad.item() == 6


def test_hooks_take_part_and_are_named():
    x = leaf([1.0, 2.0], "x")
    y = x * 3
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: -g)
    debugger = walked(debug(y.sum()))
    assert debugger.gradient(x).values.tolist() == [-30.0, -30.0]
    assert "A hook made [10, 10] of it." in str(debugger)
    assert "[30, 30] from mul, changed by a hook" in str(debugger)
    y.sum().backward()
    assert x.grad.tolist() == [-30.0, -30.0]


def test_another_gradient_than_1_is_where_it_begins():
    x = leaf([1.0, 2.0], "x")
    y = x * x
    with pytest.raises(RuntimeError, match="scalar outputs"):
        debug(y)
    debugger = walked(debug(y, autograd.tensor([1.0, 10.0], dtype=autograd.float64)))
    assert debugger.gradient(x).values.tolist() == [2.0, 40.0]


def test_a_leaf_alone_is_a_pass_without_steps():
    x = Value(2.0, label="x")
    debugger = debug(x)
    assert (len(debugger), debugger.step(), debugger.gradient(x).item()) == (0, None, 1)
    assert str(debugger).splitlines()[0] == "start, 0 steps to go"


def test_a_function_that_returns_no_gradient_for_an_input_sends_none():
    class First(autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            calls.append(g.item())
            return g * 7, None

    x, y, calls = leaf(2.0), leaf(3.0), []
    debugger = walked(debug(First.apply(x, y)))
    assert calls == [1]
    assert debugger.gradient(x).item() == 7
    assert debugger.gradient(y) is None


# Looking changes nothing.


def test_no_gradient_is_changed_until_commit():
    x = leaf([1.0, 2.0])
    y = x * x
    y.retain_grad()
    loss = (y * y).sum()
    debugger = walked(debug(loss))
    assert x.grad is None
    assert y.grad is None
    debugger.commit()
    assert np.array_equal(x.grad.numpy(), debugger.gradient(x).values)
    assert np.array_equal(y.grad.numpy(), debugger.gradient(y).values)
    kept = y.grad
    debug(loss)
    assert y.grad is kept
    assert y.grad.tolist() == [2.0, 8.0]


def test_the_graph_can_be_walked_afterwards():
    a, _, c = twice()
    walked(debug(c))
    assert a.grad == 0
    c.backward()
    assert a.grad == 4


def test_what_another_thread_does_is_not_recorded():
    x = leaf(2.0)
    shared = x * x
    y = shared * 3
    y.register_hook(lambda g: threads(lambda: shared.backward(retain_graph=True)))

    def threads(work):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    assert [step.node.op.name for step in debug(y).walk.steps] == ["mul", "mul"]


def test_a_graph_that_was_freed_says_so_and_leaves_no_listener():
    x = leaf(2.0)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        debug(y)
    assert listeners.pulled == ()
    with pytest.raises(RuntimeError, match="does not require grad"):
        debug(autograd.tensor(1.0))
    with pytest.raises(TypeError, match=r"argument 'root' .* must be Tensor, not list"):
        debug([y])
    with pytest.raises(TypeError, match="debug: y is a int"):
        debug(x * x, y=3)


def test_of_a_large_gradient_a_summary_is_kept():
    x = autograd.tensor(np.linspace(-1, 1, 1_000_000).reshape(1000, 1000), requires_grad=True)
    debugger = walked(debug((x * x).sum()))
    found = debugger.gradient(x)
    assert found.values is None
    assert found.norm == pytest.approx(np.linalg.norm(2 * x.detach().numpy()))
    assert (found.min, found.max, found.bad) == (-2, 2, 0)
    assert found.first.tolist() == (2 * x.detach().numpy()).ravel()[:6].tolist()
    assert str(found).startswith("float64[1000, 1000], norm 1154.7, -2 … 2  [-2, ")


@pytest.mark.parametrize(
    ("array", "line", "short"),
    [
        (np.float64(0.123456789), "0.12346", "0.12346"),
        (np.array([1.0, -2.0]), "[1, -2]", "[1, -2]"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
        (np.zeros((0, 3)), "float64[0, 3], norm 0  []", "[0, 3] norm 0"),
        (np.array([np.nan] + [1.0] * 7), "float64[8], norm nan, 1 … 1, 1 nan or inf  [nan, 1, 1, 1, 1, 1, …]",
         "[8] 1 nan or inf"),
        (np.float16(2), "2", "2"),
    ],
)  # fmt: skip
def test_an_array_is_written_in_a_line(array, line, short):
    assert (str(Summary(array)), Summary(array).short()) == (line, short)


# Moving.


def test_steps_go_forward_and_back():
    a, b, c = twice()
    debugger = debug(c)
    assert debugger.current is None
    assert debugger.step().node is node_of(c)
    assert debugger.gradient(a) is None
    assert debugger.gradient(b).item() == 2
    assert debugger.step().node is node_of(b)
    assert debugger.gradient(a).item() == 4
    assert debugger.step() is None
    assert debugger.position == 2
    assert debugger.back().node is node_of(c)
    assert debugger.gradient(a) is None
    assert debugger.back() is None
    assert debugger.back() is None
    assert debugger.position == 0


def test_it_runs_to_a_node_a_tensor_an_op_a_label_or_a_module():
    net, loss = network()
    debugger = debug(loss, net=net)
    assert debugger.run_to("tanh").node.op.name == "tanh"
    debugger.reset()
    assert debugger.run_to("net.0").node.op.name == "linear"
    assert debugger.position == 4
    debugger.reset()
    assert debugger.run_to("net").number == 2
    debugger.reset()
    assert debugger.run_to(net[0].weight).number == 4
    debugger.reset()
    assert debugger.run_to("net.2.bias").number == 2
    debugger.reset()
    assert debugger.run_to(node_of(loss)).number == 1
    with pytest.raises(ValueError, match="'cross_entropy' is at step 1, behind this one"):
        debugger.run_to("cross_entropy")
    with pytest.raises(ValueError, match=r"there is no 'net\.1' in this backward pass; there are cross_entropy, "):
        debugger.run_to("net.1")
    with pytest.raises(TypeError, match="expected a node, a tensor that requires grad or a name, got 3"):
        debugger.run_to(3)
    assert debugger.position == 1


def test_it_stops_where_a_rule_makes_nan_or_infinity():
    x = leaf([0.0, 1.0])
    debugger = debug((x.sqrt() * 2).sum())
    debugger.break_on(nan=True)
    assert debugger.resume().node.op.name == "sqrt"
    assert "here a rule made nan or inf" in str(debugger)
    assert debugger.resume() is None


def test_it_stops_on_a_condition():
    _, loss = network()
    debugger = debug(loss)
    debugger.break_on(lambda step: len(step.flows) == 3)
    assert debugger.resume().node.op.name == "linear"
    assert debugger.position == 2
    debugger.break_on()
    assert debugger.resume() is None
    assert debugger.position == len(debugger) == 4


def test_only_what_is_in_the_graph_can_be_asked_for():
    debugger = debug(twice()[2])
    with pytest.raises(ValueError, match="not in the graph"):
        debugger.gradient(leaf(1.0))
