"""Where operations are recorded: contexts, decorators, threads, generators, coroutines; and who made the first NaN."""

import asyncio
import re
import threading

import numpy as np
import pytest
import torch

import autograd as ag
from autograd.core.engine import listeners


@pytest.fixture
def x():
    return ag.tensor([1.0, 2.0], requires_grad=True)


def recorded(x):
    return (x * 2).requires_grad


def test_no_grad_records_nothing_and_what_was_before_comes_back(x):
    with ag.no_grad():
        assert not recorded(x)
        with ag.enable_grad():
            assert recorded(x)
        assert not recorded(x)
    assert recorded(x)


def test_an_exception_restores_the_mode(x):
    with pytest.raises(KeyError), ag.no_grad():
        raise KeyError
    assert recorded(x)


def test_one_context_object_may_be_entered_again(x):
    mode = ag.no_grad()
    with mode, mode:
        assert not recorded(x)
    assert recorded(x)


@pytest.mark.parametrize("decorator", [ag.no_grad(), ag.no_grad])
def test_a_decorated_function_has_the_mode_and_its_caller_has_not(decorator, x):
    assert not decorator(recorded)(x)
    assert recorded(x)


def test_decorators_nest(x):
    inner = ag.no_grad()(lambda: recorded(x))
    outer = ag.no_grad()(lambda: (inner(), recorded(x)))
    assert outer() == (False, False)
    assert ag.enable_grad()(lambda: recorded(x))()


def test_set_grad_enabled_acts_at_once_and_as_a_context(x):
    with ag.set_grad_enabled(False):
        assert not recorded(x)
    assert recorded(x)
    ag.set_grad_enabled(False)
    try:
        assert not recorded(x)
        assert not ag.is_grad_enabled()
    finally:
        ag.set_grad_enabled(True)
    assert recorded(x)


def test_set_grad_enabled_as_a_decorator_leaves_the_mode_as_it_was(x):
    function = ag.set_grad_enabled(False)(lambda: recorded(x))
    assert recorded(x)
    assert not function()
    assert recorded(x)


def test_a_thread_has_a_mode_of_its_own(x):
    seen = {}
    inside, done = threading.Event(), threading.Event()

    def other():
        seen["start"] = recorded(x)
        with ag.no_grad():
            inside.set()
            done.wait(5)
            seen["inside"] = recorded(x)

    with ag.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(5)
    assert recorded(x)
    done.set()
    thread.join()
    assert seen == {"start": True, "inside": False}


def test_a_decorated_generator_has_the_mode_only_while_it_runs(x):
    @ag.no_grad()
    def values():
        sent = yield recorded(x)
        try:
            yield sent, recorded(x)
        except ValueError:
            yield "caught", recorded(x)
        return recorded(x)

    generator = values()
    assert next(generator) is False
    assert recorded(x)
    assert generator.send("hello") == ("hello", False)
    assert recorded(x)
    assert generator.throw(ValueError()) == ("caught", False)
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value is False
    assert recorded(x)


def test_a_decorated_generator_is_closed_in_its_mode(x):
    seen = []

    @ag.no_grad()
    def values():
        try:
            yield 1
        finally:
            seen.append(recorded(x))

    generator = values()
    next(generator)
    generator.close()
    assert seen == [False]


def test_coroutines_do_not_see_each_others_mode(x):
    async def evaluate(log):
        with ag.no_grad():
            log.append(recorded(x))
            await asyncio.sleep(0)
            log.append(recorded(x))

    async def train(log):
        for _ in range(3):
            log.append(recorded(x))
            await asyncio.sleep(0)

    async def main():
        a, b = [], []
        await asyncio.gather(evaluate(a), train(b))
        return a, b, recorded(x)

    assert asyncio.run(main()) == ([False, False], [True, True, True], True)


def test_an_async_function_is_not_decorated_because_its_body_would_be_recorded_all_the_same():
    async def coroutine():
        pass

    async def generator():
        yield

    for function in coroutine, generator:
        with pytest.raises(TypeError, match="with no_grad"):
            ag.no_grad()(function)


# -- detect_anomaly ---------------------------------------------------------------------------------------------------


def message(function):
    with pytest.raises(RuntimeError) as error:
        function()
    return str(error.value)


def test_the_first_op_that_makes_an_infinity_is_named_with_its_line_and_element():
    x = ag.tensor([2.0, 0.0, -1.0], requires_grad=True)

    def run():
        with ag.detect_anomaly():
            return (x * 3).log().exp().sum()

    text = message(run)
    assert text.startswith("log made -inf at index [1]")
    assert re.search(r"test_modes\.py:\d+", text)


def test_infinities_that_are_given_are_not_blamed_on_the_op_they_pass_through():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly():
        y = x.masked_fill(ag.tensor([True, False]), -float("inf"))
        y.softmax(0).sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_a_nan_of_the_backward_pass_is_named_with_the_line_of_its_forward_op_and_the_double_where_hint():
    x = ag.tensor([4.0, 0.0], requires_grad=True)

    def run():
        with ag.detect_anomaly():
            ag.where(x > 0, x.sqrt(), 0.0).sum().backward()

    text = message(run)
    assert "SqrtBackward" in text
    assert "nan" in text
    assert "[1]" in text
    assert re.search(r"test_modes\.py:\d+", text)
    assert "where(ok, f(where(ok, x, 1)), 0)" in text


def test_the_advice_of_the_hint_works():
    x = ag.tensor([4.0, 0.0], requires_grad=True)
    ok = x > 0
    with ag.detect_anomaly():
        ag.where(ok, ag.where(ok, x, 1.0).sqrt(), 0.0).sum().backward()
    assert x.grad.tolist() == [0.25, 0.0]


def test_a_write_through_a_numpy_array_is_found():
    x = ag.tensor([1.0, 2.0], requires_grad=True)

    def run():
        with ag.detect_anomaly():
            y = (x * x).sum()
            x.detach().numpy()[0] = 7.0
            y.backward()

    assert "NumPy array" in message(run)


def test_a_healthy_computation_is_left_alone_and_nothing_stays_switched_on():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.detect_anomaly():
        (x.exp() * x).sum().backward()
    assert ag.is_grad_enabled()
    assert ag.log(x * 0).tolist() == [-np.inf, -np.inf]


def test_no_grad_and_anomaly_detection_nest(x):
    with ag.detect_anomaly():
        with ag.no_grad():
            assert ag.log(x * 0).tolist() == [-np.inf, -np.inf]
        with ag.no_grad(), ag.enable_grad(), pytest.raises(RuntimeError):
            ag.log(x * 0)


def test_one_anomaly_context_may_be_entered_again(x):
    mode = ag.detect_anomaly()
    with mode:
        with mode:
            pass
        with pytest.raises(RuntimeError, match="log made"):
            ag.log(x * 0)
    assert ag.log(x * 0).tolist() == [-np.inf, -np.inf]


def test_threads_that_enter_anomaly_contexts_leave_each_other_alone():
    failures = []

    def work():
        x = ag.ones(2, requires_grad=True)
        try:
            for _ in range(200):
                with ag.detect_anomaly():
                    (x * x).sum().backward()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert not listeners.recorded


def test_check_nan_can_be_left_out(x):
    with ag.detect_anomaly(check_nan=False):
        assert not np.isfinite(ag.log(x * 0).detach().numpy()).any()


def test_the_users_floating_point_settings_are_neither_changed_nor_heeded(x):
    with np.errstate(all="raise"):
        assert ag.log(x * 0).tolist() == [-np.inf, -np.inf]
        (x / (x * 0)).sum().backward()
        with pytest.raises(FloatingPointError):
            np.log(np.zeros(1))


def in_inference_mode(m):
    """Whether operations are recorded, and inference mode is on, in every combination of modes."""
    seen = []

    def look():
        seen.append((m.is_inference_mode_enabled(), (m.ones(1, requires_grad=True) * 2).requires_grad))

    with m.inference_mode():
        look()
        for mode in (m.no_grad, m.enable_grad, lambda: m.inference_mode(False), lambda: m.set_grad_enabled(True)):
            with mode():
                look()
            look()
    with m.no_grad(), m.inference_mode(False):
        look()
    with m.inference_mode(mode=False):
        look()
    m.inference_mode()(look)()
    m.inference_mode(look)()
    look()
    return seen


def test_inference_mode_is_torchs():
    assert in_inference_mode(ag) == in_inference_mode(torch)
