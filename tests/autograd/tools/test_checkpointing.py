"""Checkpoints: the gradients of the plain call, bit by bit, for what the function computed a second time."""

import gc
import random
import threading
import weakref

import numpy as np
import pytest
import torch
from torch.utils import checkpoint as theirs

import autograd
import nn
from autograd import checkpoint
from tests.autograd.tools.checkpoint_programs import PROGRAMS, leaves, losses


def run(m, networks, program, call, order=1):
    """The value of a program's loss and its gradients of every order up to `order`; `call` runs the function."""
    inputs = leaves(m)
    grad = getattr(m, "grad", None) or m.autograd.grad
    batch, *parameters = inputs
    hidden = batch * 1
    total = losses(call(lambda x: program(m, networks, x, *parameters), hidden))
    found = [total.detach().numpy()]
    for i in range(order):
        gs = grad(total, inputs, create_graph=i + 1 < order, allow_unused=True)
        found += [None if g is None else g.detach().numpy() for g in gs]
        total = sum(g.sin().sum() for g in gs if g is not None and (g.requires_grad or i + 1 == order))
    return found


def plain(function, *args):
    return function(*args)


def nested(function, *args):
    return checkpoint(lambda *inner: checkpoint(function, *inner), *args)


@pytest.mark.parametrize("call", [checkpoint, nested])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_are_those_of_the_plain_call_bit_by_bit(name, order, call):
    ours = run(autograd, nn, PROGRAMS[name], call, order)
    for a, b in zip(ours, run(autograd, nn, PROGRAMS[name], plain, order), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_are_those_of_torchs_checkpoint(name):
    def call(function, *args):
        return theirs.checkpoint(function, *args, use_reentrant=False)

    for a, b in zip(run(autograd, nn, PROGRAMS[name], checkpoint), run(torch, torch.nn, PROGRAMS[name], call),
                    strict=True):  # fmt: skip
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def vector(*numbers):
    return autograd.tensor(list(numbers) or [0.3, -0.5], requires_grad=True)


def test_what_the_function_saved_is_let_go_and_its_arguments_when_backward_is_done():
    gc.collect()
    gc.disable()
    try:
        x, kept = vector(), []

        def function(h):
            y = h.exp()
            kept.append(weakref.ref(y.detach().numpy()))
            return y.sin()

        hidden = x * 1
        held = weakref.ref(hidden.detach().numpy())
        out = checkpoint(function, hidden).sum()
        del hidden
        assert kept[0]() is None
        assert held() is not None
        out.backward()
        assert [each() for each in kept] == [None, None]
        assert held() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_nested_checkpoints_leave_no_cycle():
    x = vector()
    gc.collect()
    checkpoint(lambda y: checkpoint(lambda z: z.exp().sin(), y.tanh()).exp(), x).sum().backward()
    assert gc.collect() == 0


def test_random_numbers_come_again_and_go_on_as_if_nothing_had_been_drawn():
    def function(x):
        mask = autograd.rand(2) * np.random.rand() * random.random()
        return (x * mask).exp()

    def drawn(call):
        autograd.manual_seed(0), np.random.seed(0), random.seed(0)
        x = vector()
        call(function, x).sum().backward()
        return x.grad.tolist(), autograd.rand(1).item(), np.random.rand(), random.random()

    assert drawn(checkpoint) == drawn(plain)


def test_random_numbers_differ_without_their_state():
    x = vector()
    autograd.manual_seed(0)
    checkpoint(lambda x: (x * autograd.rand(2)).exp(), x, preserve_rng_state=False).sum().backward()
    autograd.manual_seed(0)
    y = vector()
    (y * autograd.rand(2)).exp().sum().backward()
    assert x.grad.tolist() != y.grad.tolist()


def test_running_statistics_are_those_of_one_pass_where_torchs_are_of_two():
    norm, twin = nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    x = autograd.randn(4, 2, requires_grad=True)
    checkpoint(norm, x).square().sum().backward()
    once = nn.BatchNorm1d(2)
    once(x)
    for ours, expected in zip(norm.buffers(), once.buffers(), strict=True):
        np.testing.assert_array_equal(ours.numpy(), expected.numpy())
    checkpointed = theirs.checkpoint(twin, torch.ones(4, 2, requires_grad=True), use_reentrant=False)
    checkpointed.square().sum().backward()
    assert twin.num_batches_tracked == 2


def test_arguments_may_be_nested_and_given_by_name():
    def function(pair, n, *, table, scale=1):
        return (pair[0] * pair[1][0]).exp() * table["k"] * n * scale

    a, b, c = vector(1.0), vector(2.0), vector(3.0)
    checkpoint(function, (a, [b]), 2, table={"k": c}, scale=3).sum().backward()
    found = [x.grad.item() for x in (a, b, c)]
    for x in (a, b, c):
        x.grad = None
    function((a, [b]), 2, table={"k": c}, scale=3).sum().backward()
    assert found == [x.grad.item() for x in (a, b, c)]


@pytest.mark.parametrize("where", [autograd.no_grad, autograd.inference_mode])
def test_without_a_graph_it_is_the_plain_call(where):
    calls = []
    with where():
        out = checkpoint(lambda x: calls.append(1) or x.exp(), vector())
    assert not out.requires_grad
    assert len(calls) == 1


def test_tensor_hooks_run_once_and_module_hooks_twice_as_in_torch():
    def counts(m, networks, call):
        seen = []
        layer = networks.Linear(2, 2)
        layer.register_forward_hook(lambda *args: seen.append("module"))
        x = m.tensor([1.0, 2.0], requires_grad=True)
        h = x * 1
        h.register_hook(lambda g: seen.append("outside"))

        def function(y):
            z = layer(y).exp()
            z.register_hook(lambda g: seen.append("inside"))
            return z.sin()

        call(function, h).sum().backward()
        return sorted(seen)

    ours = counts(autograd, nn, checkpoint)
    assert ours == counts(torch, torch.nn, lambda f, x: theirs.checkpoint(f, x, use_reentrant=False))
    assert ours == ["inside", "module", "module", "outside"]


def test_backward_again_needs_retain_graph_and_then_gives_the_same():
    x = vector()
    out = checkpoint(lambda x: x.exp().sin(), x).sum()
    out.backward(retain_graph=True)
    first = x.grad.numpy().copy()
    x.grad = None
    out.backward()
    np.testing.assert_array_equal(x.grad.numpy(), first)
    with pytest.raises(RuntimeError, match="second time"):
        out.backward()


def test_the_gradient_of_a_tensor_inside_can_be_asked_for():
    x, seen = vector(), []

    def function(x):
        y = x.exp()
        seen.append(y)
        return y.sin()

    out = checkpoint(function, x).sum()
    (g,) = autograd.grad(out, seen[0])
    np.testing.assert_array_equal(g.numpy(), seen[0].detach().cos().numpy())


def test_the_second_run_ends_when_it_has_what_is_needed():
    def last_reached(early_stop):
        reached = []

        def function(x):
            y = x.exp()
            reached.append("exp")
            z = y + 1
            reached.append("add")
            return z

        checkpoint(function, vector(), early_stop=early_stop).sum().backward()
        return reached

    assert last_reached(True) == ["exp", "add"]
    assert last_reached(False) == ["exp", "add", "exp", "add"]


@pytest.mark.parametrize("early_stop", [True, False])
@pytest.mark.parametrize(("second", "match"), [
    (lambda x: x.exp(), "different number of tensors"),
    (lambda x: x.exp().sin().sin(), None),
    (lambda x: x.exp().cos(), "different metadata"),
    (lambda x: x[:1].exp().sin(), "different metadata"),
    (lambda x: checkpoint(lambda y: y.exp(), x).sin(), "a checkpoint"),
])  # fmt: skip
def test_a_function_that_computes_something_else_is_refused(second, match, early_stop):
    runs = iter([lambda x: x.exp().sin(), second])
    out = checkpoint(lambda x: next(runs)(x), vector() * 1, early_stop=early_stop).sum()
    if match is None and early_stop:  # torch does not see it either
        out.backward()
        return
    with pytest.raises(autograd.CheckpointError, match=match or "different number of tensors"):
        out.backward()


def test_only_the_number_is_compared_without_the_check():
    runs = iter([lambda x: x.exp(), lambda x: x.sin()])
    checkpoint(lambda x: next(runs)(x), vector(), determinism_check="none").sum().backward()
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        checkpoint(lambda x: x, vector(), determinism_check="strict")


def test_an_exception_in_the_second_run_reaches_the_caller_and_a_new_try_is_possible():
    fail = [False]

    def function(x):
        if fail[0]:
            raise ZeroDivisionError("the second time")
        return x.exp()

    x = vector()
    autograd.manual_seed(0)
    out = checkpoint(function, x).sum()
    fail[0], state = True, autograd.get_rng_state().tolist()
    with pytest.raises(ZeroDivisionError, match="the second time"):
        out.backward(retain_graph=True)
    assert autograd.get_rng_state().tolist() == state
    fail[0] = False
    out.backward()
    np.testing.assert_array_equal(x.grad.numpy(), x.detach().exp().numpy())


def test_an_exception_in_the_first_run_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError):
        checkpoint(lambda x: x.exp() * (1 / 0), vector())
    x = vector()
    x.exp().sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), x.detach().exp().numpy())


class TestWhatWasWrittenTo:
    def test_an_argument_since(self):
        x, w = autograd.tensor([1.0, 2.0]), vector()
        out = checkpoint(lambda x: (x * w).exp(), x).sum()
        x.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            out.backward()

    def test_an_argument_by_the_function_itself_as_in_torch(self):
        out = checkpoint(lambda h: h.mul_(2).exp(), vector() * 1).sum()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            out.backward()
        x = torch.ones(2, requires_grad=True)
        out = theirs.checkpoint(lambda h: h.mul_(2).exp(), x * 1, use_reentrant=False).sum()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            out.backward()

    def test_a_parameter_that_nothing_saved(self):
        x, b = vector(), vector()
        out = checkpoint(lambda x: (x + b).exp(), x).sum()
        with autograd.no_grad():
            b.add_(1)
        with pytest.raises(RuntimeError, match="so it would not compute the same again"):
            out.backward()

    def test_a_counter_that_it_reads(self):
        counter = autograd.zeros(2)

        def function(x):
            counter.add_(1)
            return (x * counter).exp()

        out = checkpoint(function, vector()).sum()
        with pytest.raises(RuntimeError, match="it writes to itself"):
            out.backward()

    def test_a_counter_that_it_only_writes_to_counts_once(self):
        counter = autograd.zeros(())

        def function(x):
            counter.add_(1)
            return x.exp().sin()

        checkpoint(lambda x: checkpoint(function, x).exp(), vector()).sum().backward()
        assert counter.item() == 1


def test_the_modes_of_the_first_run_hold_in_the_second():
    entered = []

    class Context:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            entered.append(self.name)

        def __exit__(self, *error):
            entered.append(f"end of {self.name}")

    out = checkpoint(lambda x: x.exp(), vector(), context_fn=lambda: (Context("first"), Context("again"))).sum()
    with autograd.no_grad():
        out.backward()
    assert entered == ["first", "end of first", "again", "end of again"]


@pytest.mark.parametrize("dtype", [autograd.float16, autograd.bfloat16])
@pytest.mark.parametrize("within", [True, False])
def test_autocast_holds_in_the_second_run(dtype, within):
    w = autograd.randn(3, 3, requires_grad=True)

    def gradients(call):
        x = autograd.ones(2, 3, requires_grad=True)
        w.grad = None
        with autograd.autocast("cpu", dtype=dtype):
            y = call(lambda x: (x @ w).relu() @ w, x).float().square().sum()
            if within:
                y.backward()
        if not within:
            y.backward()
        return x.grad.tolist(), w.grad.tolist()

    assert gradients(checkpoint) == gradients(plain)


def test_backward_may_run_in_another_thread():
    x = vector()
    out = checkpoint(lambda x: x.exp().sin(), x).sum()
    thread = threading.Thread(target=out.backward)
    thread.start()
    thread.join()
    np.testing.assert_array_equal(x.grad.numpy(), (x.detach().exp().cos() * x.detach().exp()).numpy())


def test_anomaly_detection_and_drawings_take_checkpoints():
    x = vector()
    with autograd.detect_anomaly():
        out = checkpoint(lambda x: x.exp().sin(), x).sum()
        out.backward(retain_graph=True)
    assert autograd.draw(out) is not None
