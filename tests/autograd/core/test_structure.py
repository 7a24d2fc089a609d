"""The shape of a graph never matters: however long, however tangled, each node is visited once and then let go."""

import gc
import weakref
from time import perf_counter

import numpy as np
import pytest

import autograd
from autograd import define, primitive
from autograd.core.ops import OPS
from nn import functional as F
from tests.oracle import array


@pytest.fixture
def without_collector():
    gc.disable()
    yield
    gc.enable()


def ones(*shape, **options):
    return autograd.ones(*shape, dtype=autograd.float64, requires_grad=True, **options)


def chain(x, length):
    for _ in range(length):
        x = x + 1.0
    return x


def chain_seconds(length):
    """How long a chain takes forward, backward, and to be deleted."""
    x = autograd.tensor(0.0, dtype=autograd.float64, requires_grad=True)
    start = perf_counter()
    y = chain(x, length)
    assert y.item() == length
    y.backward()
    assert x.grad.item() == 1.0
    del y
    return perf_counter() - start


def counted(monkeypatch, key, mask):
    """A list that grows by one each time the rules of an op run, for a gradient of the inputs in the bits of `mask`."""
    calls = []
    plan = OPS[key].plans[mask]
    pull = plan.pull
    monkeypatch.setattr(plan, "pull", lambda *args: calls.append(key) or pull(*args))
    return calls


# How deep, how tangled.


def test_a_million_ops_go_forward_backward_and_out_of_memory(without_collector, capsys):
    short, long = chain_seconds(100_000), chain_seconds(1_000_000)
    with capsys.disabled():
        print(f"\nchain of 10^5 ops {short:.2f} s, of 10^6 ops {long:.2f} s, ratio {long / short:.1f}")


def test_a_deep_graph_is_deleted_before_any_backward(without_collector):
    x = ones(2)
    y = chain(x, 300_000)
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


def test_a_deep_graph_has_second_derivatives():
    x = autograd.tensor(0.5, dtype=autograd.float64, requires_grad=True)
    y = x
    for _ in range(3000):
        y = autograd.sin(y) * 1.1
    (first,) = autograd.grad(y, x, create_graph=True)
    (second,) = autograd.grad(first, x)
    assert np.isfinite(second.item())


def test_a_diamond_thirty_levels_deep_takes_thirty_steps(monkeypatch):
    calls = counted(monkeypatch, np.add, 0b11)
    x = y = ones(())
    for _ in range(30):
        y = y + y
    y.backward()
    assert len(calls) == 30
    assert x.grad.item() == 2.0**30


def test_a_deep_diamond_is_quick_for_grad_and_create_graph(monkeypatch):
    calls = counted(monkeypatch, np.multiply, 0b11)
    x = y = ones(())
    for _ in range(30):
        y = y * y
    (first,) = autograd.grad(y, x, create_graph=True)
    assert len(calls) == 30
    (second,) = autograd.grad(first, x)
    assert first.item() == 2.0**30
    assert second.item() == 2.0**30 * (2.0**30 - 1)
    assert len(calls) < 300


def test_a_node_waits_for_all_its_contributions(monkeypatch):
    """The longer path arrives last, and only then the shared node runs."""
    calls = counted(monkeypatch, np.multiply, 0b01)
    x = ones(3)
    shared = x * 3
    (2 * shared + 5 * chain(shared, 50)).sum().backward()
    assert len(calls) == 3
    np.testing.assert_array_equal(array(x.grad), [21.0] * 3)


def test_a_tensor_that_is_both_output_and_input_of_another_output():
    x = ones(3)
    y = x * 2
    z = y * y
    (gx,) = autograd.grad([z.sum(), y.sum()], x)
    np.testing.assert_array_equal(array(gx), [10.0] * 3)


def test_only_the_paths_to_the_wanted_inputs_are_walked(monkeypatch):
    calls = counted(monkeypatch, np.exp, 0b1)
    x, y = ones(3), ones(3)
    autograd.grad((autograd.exp(x) + y).sum(), y)
    assert not calls


def test_only_the_rules_of_the_wanted_inputs_run(monkeypatch):
    calls = []
    for mask in (0b01, 0b10, 0b11):
        plan = OPS[np.matmul].plans[mask]
        monkeypatch.setattr(plan, "pull", lambda *args, mask=mask, pull=plan.pull: calls.append(mask) or pull(*args))
    x, y = ones(2, 2), ones(2, 2)
    autograd.grad((x @ y).sum(), x)
    assert calls == [0b01]


# What lives, and how long.


HELD = {
    "x + y": (lambda x, y: x + y, ""),
    "x - y": (lambda x, y: x - y, ""),
    "x * y": (lambda x, y: x * y, "xy"),
    "x * constant": (lambda x, y: x * y.detach(), "y"),
    "constant * y": (lambda x, y: x.detach() * y, "x"),
    "x * 3": (lambda x, y: x * 3.0, ""),
    "-x": (lambda x, y: -x, ""),
    "relu": (lambda x, y: autograd.relu(x), "o"),
    "exp": (lambda x, y: autograd.exp(x), "o"),
    "tanh": (lambda x, y: autograd.tanh(x), "o"),
    "sigmoid": (lambda x, y: autograd.sigmoid(x), "o"),
    "sqrt": (lambda x, y: autograd.sqrt(x), "o"),
    "softmax": (lambda x, y: autograd.softmax(x, 1), "o"),
    "log_softmax": (lambda x, y: autograd.log_softmax(x, 1), "o"),
    "log": (lambda x, y: autograd.log(x), "x"),
    "sin": (lambda x, y: autograd.sin(x), "x"),
    "x ** 2": (lambda x, y: x**2, "x"),
    "sum": (lambda x, y: x.sum(0), ""),
    "mean": (lambda x, y: x.mean(), ""),
    "amax": (lambda x, y: x.amax(1), "xo"),
    "cumsum": (lambda x, y: x.cumsum(0), ""),
    "x @ y": (lambda x, y: x @ y, "xy"),
    "x @ constant": (lambda x, y: x @ y.detach(), "y"),
    "linear": (lambda x, y: F.linear(x, y), "xy"),
    "cat": (lambda x, y: autograd.cat([x, y]), ""),
    "stack": (lambda x, y: autograd.stack([x, y]), ""),
    "index": (lambda x, y: x[[0, 0, 1]], ""),
    "where": (lambda x, y: autograd.where(autograd.tensor([True, False, True]), x, y), ""),
    "maximum": (lambda x, y: autograd.maximum(x, y), "xy"),
    "pad": (lambda x, y: autograd.pad(x, (1, 1)), ""),
    "to float32": (lambda x, y: x.float(), ""),
    "clone": (lambda x, y: x.clone(), ""),
    "sign": (lambda x, y: x.sign(), ""),
}


@pytest.mark.parametrize("name", HELD)
def test_nothing_is_held_that_no_rule_reads(name, without_collector):
    expression, expected = HELD[name]
    x, y = ones(3, 3) * 1, ones(3, 3) * 1
    out = expression(x, y)
    arrays = {"x": weakref.ref(array(x)), "y": weakref.ref(array(y)), "o": weakref.ref(array(out))}
    if out.ndim == 0:
        del arrays["o"]
    total = (out * 1).sum()  # neither reads what it is given
    del x, y, out
    assert {name for name, ref in arrays.items() if ref() is not None} == set(expected)
    del total
    assert not any(ref() for ref in arrays.values())


def test_views_hold_no_copy():
    x = ones(3, 4)
    for view in (x.T, x.reshape(-1), x[1:], x[:, None], x.expand(2, 3, 4), x.diagonal(), x.squeeze(), x.detach()):
        assert np.shares_memory(array(view), array(x))


def test_backward_frees_what_was_saved(without_collector):
    x = ones(3, 3)
    y = x * 1
    out = y * y
    total = out.sum()
    saved = weakref.ref(array(y))
    del y
    assert saved() is not None
    total.backward()
    assert saved() is None


def test_a_retained_graph_keeps_what_was_saved_until_it_goes(without_collector):
    x = ones(3, 3)
    y = x * 1
    total = (y * y).sum()
    saved = weakref.ref(array(y))
    del y
    total.backward(retain_graph=True)
    assert saved() is not None
    del total
    assert saved() is None


def test_a_graph_whose_backward_failed_is_freed_as_well(without_collector):
    x = ones(3)
    y = autograd.exp(x * 1)
    node = weakref.ref(y.grad_fn)
    with pytest.raises(RuntimeError, match="scalar"):
        y.backward()
    del y
    assert node() is None


def test_retained_gradients_and_hooks_make_no_cycle(without_collector):
    x = ones(3)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    z = (y * y).sum()
    refs = [weakref.ref(t.grad_fn) for t in (y, z)]
    z.backward()
    grad = weakref.ref(y.grad)
    del y, z
    assert not [ref() for ref in [*refs, grad] if ref() is not None]


def test_a_gradient_with_a_graph_of_its_own_is_freed_when_the_leaf_goes(without_collector):
    x = ones(3)
    (x**3).sum().backward(create_graph=True)
    node = weakref.ref(x.grad.grad_fn)
    x.grad = None
    assert node() is None


def test_a_loop_leaves_nothing_behind(without_collector):
    weight = ones(3, 3)
    alive = []
    for _ in range(5):
        weight.grad = None
        hidden = autograd.relu(ones(2, 3) @ weight)
        loss = (hidden**2).mean()
        loss.backward()
        alive.append(weakref.ref(array(hidden)))
        del hidden, loss
        assert all(ref() is None for ref in alive)


def test_the_activations_of_a_network_are_held_once(without_collector):
    """Two hidden layers keep: the batch, the output of each relu, the logits; not what goes into relu."""
    batch = autograd.ones(64, 32)
    weights = [autograd.randn(48, 32, requires_grad=True), autograd.randn(48, 48, requires_grad=True)]
    biases = [autograd.zeros(48, requires_grad=True) for _ in weights]
    before, after, h = [], [], batch
    for weight, bias in zip(weights, biases, strict=True):
        pre = F.linear(h, weight, bias)
        h = autograd.relu(pre)
        before.append(weakref.ref(array(pre)))
        after.append(weakref.ref(array(h)))
    loss = h.sum()
    del pre, h
    assert not any(ref() is not None for ref in before)
    assert all(ref() is not None for ref in after)
    del loss
    assert not any(ref() is not None for ref in after)


# Who owns a gradient.


def test_the_two_leaves_of_a_sum_have_gradients_of_their_own():
    x, y = ones(3), ones(3)
    seed = autograd.tensor([1.0, 2.0, 3.0], dtype=autograd.float64)
    (x + y).backward(seed)
    for a, b in ((x.grad, y.grad), (x.grad, seed), (y.grad, seed)):
        assert not np.shares_memory(array(a), array(b))
    x.grad.zero_()
    assert y.grad.tolist() == seed.tolist() == [1.0, 2.0, 3.0]


def test_the_seed_is_never_modified_nor_kept():
    x = ones(3)
    seed = autograd.tensor([1.0, 2.0, 3.0], dtype=autograd.float64)
    for out in (x.view(3), x + 0.0, x.clone(), x[:], x.reshape(1, 3).squeeze(), autograd.cat([x])):
        out.backward(seed)
        out.sum().backward()
    assert seed.tolist() == [1.0, 2.0, 3.0]
    assert not np.shares_memory(array(x.grad), array(seed))
    assert x.grad.tolist() == [12.0, 18.0, 24.0]


def test_backward_of_a_leaf_copies_the_seed():
    x = ones(3)
    seed = autograd.tensor([1.0, 2.0, 3.0], dtype=autograd.float64)
    x.backward(seed)
    x.backward(seed)
    assert seed.tolist() == [1.0, 2.0, 3.0]
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_gradient_accumulates_in_the_same_memory():
    x = ones(3)
    (x * 2).sum().backward()
    grad = x.grad
    (x * 3).sum().backward()
    assert x.grad is grad
    assert grad.tolist() == [5.0] * 3


def test_one_gradient_reaching_many_leaves_is_copied_for_each():
    leaves = [ones(3) for _ in range(4)]
    total = leaves[0] + leaves[1] + leaves[2].view(3) + leaves[3].expand(3)
    total.sum().backward()
    for i, x in enumerate(leaves):
        x.grad.mul_(i)
    assert [x.grad.tolist() for x in leaves] == [[float(i)] * 3 for i in range(4)]


def test_what_a_hook_returns_is_copied():
    x, kept = ones(3), ones(3).detach()
    x.register_hook(lambda g: kept)
    for _ in range(2):
        (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0] * 3
    assert kept.tolist() == [1.0] * 3


def test_what_a_hook_sees_is_not_the_seed():
    x, seed, seen = ones(3), ones(3).detach(), []
    x.register_hook(seen.append)
    x.backward(seed)
    x.grad.zero_()
    assert seed.tolist() == seen[0].tolist() == [1.0] * 3


def test_a_rule_that_gives_a_constant_keeps_its_constant():
    constant = np.full(3, 5.0)

    @primitive
    def five_times(x):
        return 5 * x

    define(five_times, lambda g: constant)
    try:
        x = ones(3)
        for _ in range(2):
            five_times(x).sum().backward()
        assert x.grad.tolist() == [10.0] * 3
        assert constant.tolist() == [5.0] * 3
    finally:
        del OPS[five_times]


def test_grads_returned_by_grad_do_not_share_memory():
    x, y = ones(3), ones(3)
    seed = autograd.ones(3, dtype=autograd.float64)
    gx, gy = autograd.grad(x + y, [x, y], seed)
    gx.mul_(5)
    assert gy.tolist() == seed.tolist() == [1.0] * 3
