"""What no program can tell runs as it is, and `why` says so; the results are right all the same."""

import random
import time

import numpy as np
import pytest

import autograd
import nn
from autograd import func
from nn import optim

COUNTER = 0
TABLE = np.arange(3.0)
FACTOR = 2.0


def reason(function, *args, calls=6):
    """Why the function runs as it is; its results are compared with its own."""
    compiled = autograd.compile(function, backend="numpy")
    for _ in range(calls):
        compiled(*args)
    assert compiled.compiled_calls == 0
    return " / ".join(compiled.why)


def x():
    return autograd.tensor([1.0, 2.0, 3.0])


def test_a_value_that_is_printed(capsys):
    assert "print() would be left out" in reason(lambda x: print(x.sum()), x())
    assert capsys.readouterr().out.count("6.") == 6


def test_a_value_turned_into_a_float():
    assert "Python looks at" in reason(lambda x: float(x.sum()), x())


def test_values_as_a_list():
    assert "tolist()" in reason(lambda x: x.tolist(), x())


def test_values_handed_to_other_code():
    assert "reads an array" in reason(lambda x: np.asarray(x.numpy()).sum() and x * 2, x())


def test_a_number_handed_to_other_code_is_that_number():
    """NumPy counts into a scalar, which has no memory of its own that could be read later."""

    def step(x):
        count = x.count_nonzero()
        return count, count * 7

    compiled = autograd.compile(step, backend="numpy")
    assert [number.item() for _ in range(4) for number in compiled(x())] == [3, 21] * 4


def test_a_value_formatted_into_a_string():
    assert "Python looks at" in reason(lambda x: f"{x.sum().item():.3f}", x())


def test_a_list_that_grows():
    losses = []
    assert "it changes losses" in reason(lambda x: losses.append(x.sum()), x())
    assert len(losses) == 6
    assert all(type(loss._data) is np.float32 for loss in losses)


def test_a_counter_of_an_object():
    net = nn.Linear(3, 1)
    net.count = 0

    def step(x):
        net.count += 1
        return net(x)

    assert "it changes net" in reason(step, x())
    assert net.count == 6


def test_a_global_that_is_assigned():
    def step(x):
        global COUNTER
        COUNTER += 1
        return x * COUNTER

    assert "assigns COUNTER" in reason(step, x())


def test_an_attribute_of_a_function_that_counts():
    def step(x):
        step.calls += 1
        return x * 2

    step.calls = 0
    assert "it changes step" in reason(step, x())
    assert step.calls == 6


def test_random_numbers_of_python_and_of_numpy():
    assert "the module random" in reason(lambda x: x * random.random(), x())
    assert "NumPy's own generator" in reason(lambda x: x * np.random.rand(), x())


def test_the_clock():
    assert "the module time" in reason(lambda x: x * time.time(), x())


def test_an_iterator():
    batches = iter([x()] * 9)
    assert "next() would be left out" in reason(lambda: next(batches) * 2)


def test_a_generator():
    def numbers(x):
        yield x

    assert "is a generator" in reason(numbers, x())


def test_an_array_that_the_function_reaches():
    assert "TABLE is a NumPy array: make it a tensor" in reason(lambda x: x * autograd.tensor(TABLE), x())


def test_tensors_that_share_memory():
    whole = autograd.zeros(6)
    part = whole[:3]

    def step(x):
        part.add_(x)
        return whole.sum()

    assert "share memory" in reason(step, x())
    assert whole[0].item() == 6


def test_a_view_that_is_returned():
    assert "returns a view" in reason(lambda x: x[:2], x())


def test_several_tensors_with_a_graph():
    w = x().requires_grad_()
    assert "several tensors that require grad" in reason(lambda x: (x * w, x + w), x())


def test_a_hook_on_a_gradient():
    w = x().requires_grad_()
    w.register_hook(lambda g: g * 2)
    assert "a hook is registered on" in reason(lambda x: (x * w).sum().backward(), x())


def test_something_that_listens():
    with autograd.detect_anomaly():
        assert "listens to the engine" in reason(lambda x: (x * 2).sum(), x())


def test_autocast_around_the_call():
    with autograd.autocast("cpu", dtype=autograd.float16):
        assert "autocast is on" in reason(lambda x: (x * 2).sum(), x())


def test_a_tensor_that_was_computed_outside():
    w = x().requires_grad_() * 2
    assert "is computed from others that require grad" in reason(lambda x: (x * w).sum(), x())


def test_a_mode_that_it_changes():
    def step(x):
        other = autograd.float32 if autograd.get_default_dtype() == autograd.float64 else autograd.float64
        autograd.set_default_dtype(other)
        return x * 2

    before = autograd.get_default_dtype()
    try:
        assert "it changes a mode" in reason(step, x(), calls=3)
    finally:
        autograd.set_default_dtype(before)


def test_a_generator_that_it_seeds():
    def step(x):
        autograd.manual_seed(3)
        return x + autograd.rand(3)

    assert "it seeds a generator" in reason(step, x())
    assert autograd.compile(step, backend="numpy")(x())[0].item() == step(x())[0].item()


def test_what_is_assigned_to_a_parameter():
    net = nn.Linear(3, 1)

    def step(x):
        net.weight.data = net.weight.data * 2
        return net(x).detach()

    assert "assigns other memory" in reason(step, x())


def test_a_set_and_an_object_that_may_change_unseen():
    seen = {1, 2}
    assert "seen is a set" in reason(lambda x: x * len(seen), x())
    queue = __import__("collections").deque([1])
    assert "which may change unseen" in reason(lambda x: x * queue[0], x())


def test_a_function_that_imports():
    def step(x):
        import math

        return x * math.pi

    assert "imports math" in reason(step, x())


def test_an_error_that_it_raises_is_raised_and_changes_nothing():
    net, log = nn.Linear(3, 1), []

    def step(x):
        log.append(1)
        with autograd.no_grad():
            net.weight.add_(1.0)
        raise KeyError("enough")

    compiled = autograd.compile(step, backend="numpy")
    before = net.weight.clone()
    for i in range(3):
        with pytest.raises(KeyError, match="enough"):
            compiled(x())
        assert len(log) == i + 1
        assert (net.weight - before).abs().max().item() == pytest.approx(i + 1)


def test_values_that_change_from_call_to_call_in_a_way_that_no_one_can_see():
    numbers = [float(i) for i in range(20)]
    place = [0]

    class Source:
        def __init__(self):
            self.calls = 0

        def next_number(self):
            self.calls += 1
            return numbers[self.calls]

    source = Source()
    assert "it changes source" in reason(lambda x: x * source.next_number(), x())
    assert place == [0]


def test_second_derivatives_through_a_compiled_function_are_refused():
    w = x().requires_grad_()
    compiled = autograd.compile(lambda x: (x * w * w).sum(), backend="numpy")
    for _ in range(3):
        compiled(x())
    with pytest.raises(RuntimeError, match="first derivatives only"):
        autograd.grad(compiled(x()), w, create_graph=True)


def test_a_second_backward_through_a_returned_loss_raises_as_ever():
    w = x().requires_grad_()

    def step(x):
        loss = (x * w).sum()
        loss.backward()
        return loss

    compiled = autograd.compile(step, backend="numpy")
    for _ in range(4):
        with pytest.raises(RuntimeError, match="backward through the graph a second time"):
            compiled(x()).backward()
    assert compiled.compiled_calls == 1


def test_a_function_that_is_called_in_too_many_ways():
    compiled = autograd.compile(lambda x: x * 2, backend="numpy")
    for n in range(1, 14):
        for _ in range(3):
            assert compiled(autograd.ones(n)).sum().item() == 2 * n
    assert compiled.why == ["it was called in more than 8 different ways"]
    assert compiled.compiled_calls == 8


def test_control_flow_on_values_has_a_program_for_each_way_up_to_some():
    compiled = autograd.compile(lambda x: x * 2 if x.sum() > 0 else x * 3, backend="numpy")
    for sign in (1, 1, 1, -1, -1, -1, 1, -1):
        out = compiled(autograd.full((3,), float(sign)))
        assert out[0].item() == (2 if sign > 0 else -3)
    assert compiled.compiled_calls == 4
    assert not compiled.why

    def choose(x):
        i = 0
        while x[i] > 0:
            i += 1
        return x * i

    compiled = autograd.compile(choose, backend="numpy")
    for i in [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 0, 5]:
        given = autograd.ones(10)
        given[i] = -1.0
        assert compiled(given)[i].item() == -i
    assert compiled.why == ["what it does depends on values, in more than 4 ways"]


def test_nothing_runs_as_it_is_under_fullgraph():
    compiled = autograd.compile(lambda x: float(x.sum()), fullgraph=True, backend="numpy")
    compiled(x())
    with pytest.raises(RuntimeError, match=r"fullgraph=True.*Python looks at"):
        compiled(x())


def test_verbose_warns_once_for_each_reason():
    compiled = autograd.compile(lambda x: float(x.sum()), verbose=True, backend="numpy")
    compiled(x())
    with pytest.warns(UserWarning, match="runs as it is: Python looks at"):
        compiled(x())


def test_transforms_of_functions_are_compiled_as_part_of_one():
    def step(x):
        return func.grad(lambda x: (x**3).sum())(x)

    compiled = autograd.compile(step, backend="numpy")
    for _ in range(4):
        assert compiled(x()).tolist() == [3.0, 12.0, 27.0]


@pytest.mark.parametrize("fullgraph", [False, True])
def test_a_program_that_is_slower_says_so_and_is_kept_only_under_fullgraph(monkeypatch, fullgraph):
    from autograd.compiler import compiled as module

    compiled = autograd.compile(lambda x: x * 2, backend="numpy", fullgraph=fullgraph)
    monkeypatch.setattr(module, "thread_time", lambda: 0.0)
    for _ in range(4):
        compiled(x())
    known = next(iter(compiled._known.values()))[0]
    known.seconds = 1.0

    def many():
        for _ in range(40):
            known.seconds = 1.0
            assert compiled(x())[0].item() == 2

    with pytest.warns(UserWarning, match="the program takes 1000000 µs, the function itself 0"):
        many()
    assert "the program takes" in compiled.why[0]
    assert (compiled.compiled_calls > 30) is fullgraph


def test_a_program_that_raises_where_the_function_does_not_is_given_up_with_its_reason():
    compiled = autograd.compile(lambda x: x * 2, backend="numpy", verbose=True)
    for _ in range(4):
        compiled(x())

    def broken(*args):
        raise ZeroDivisionError("a fault of the compiler")

    for bound in compiled._ready:
        bound.scope["program"] = broken
    with pytest.warns(UserWarning, match="its program raised ZeroDivisionError: a fault of the compiler"):
        assert compiled(x()).tolist() == [2.0, 4.0, 6.0]
    compiled._ready.clear()
    assert compiled(x()).tolist() == [2.0, 4.0, 6.0]
    assert len(compiled._known) == 1


def test_an_optimizer_whose_closure_is_called_many_times():
    net = nn.Linear(3, 1)
    optimizer = optim.LBFGS(net.parameters())

    def step(x):
        def closure():
            optimizer.zero_grad()
            loss = net(x).square().sum()
            loss.backward()
            return loss

        return optimizer.step(closure)

    assert reason(step, x(), calls=3)
