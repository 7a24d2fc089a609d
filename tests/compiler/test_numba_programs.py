"""Compiled programs give what NumPy's run of the same program gives, and write nothing unless all of it went well."""

import operator
import subprocess
import sys
import threading

import numpy as np
import pytest

pytest.importorskip("numba", reason="the Numba back end needs numba")
pytest.importorskip("scipy", reason="the Numba back end needs scipy")

import autograd
from autograd.calculus import primitives as p
from autograd.compiler.numba_backend import compile_program
from autograd.compiler.numba_scalars import EXPRESSIONS, FLOAT_EXPRESSIONS
from autograd.compiler.program import Otherwise, assume, draw, invoke, replaced
from tests.compiler.numba_programs import assert_same, recorded
from tests.compiler.numba_random import random_program


def compiled(function, *arrays):
    program = recorded(function, *arrays)
    return compile_program(program), program


def normal(*shape, dtype=np.float32):
    return np.random.default_rng(len(shape) + sum(shape)).standard_normal(shape).astype(dtype)


def training_step(call, x, labels, w, b, v, u, m, lr):
    """A network with a hidden layer of tanh, cross-entropy, and gradient descent, w with momentum."""
    h = call(np.tanh, call(np.add, call(np.matmul, x, call(invoke, w, "transpose")), b))
    logp = call(p.log_softmax.forward, call(np.add, call(np.matmul, h, call(invoke, v, "transpose")), u), axis=1)
    rows = np.arange(len(x.shape) and x.shape[0])
    loss = call(np.negative, call(p.mean, call(operator.getitem, logp, (rows, labels))))
    hot = call(p.replace.forward, call(np.zeros_like, logp), 1.0, index=(rows, labels))
    g = call(np.divide, call(np.subtract, call(np.exp, logp), hot), x.shape[0])
    gv, gu = call(np.matmul, call(invoke, g, "transpose"), h), call(np.add.reduce, g, axis=0)
    gh = call(np.multiply, call(np.matmul, g, v), call(np.subtract, 1, call(np.multiply, h, h)))
    gw, gb = call(np.matmul, call(invoke, gh, "transpose"), x), call(np.add.reduce, gh, axis=0)
    new = call(np.add, call(np.multiply, m, 0.9), gw)
    steps = (w, new), (b, gb), (v, gv), (u, gu)
    return [loss], [(m, new), *[(s, call(np.subtract, s, call(np.multiply, d, lr))) for s, d in steps]]


def test_a_training_step_is_one_function_that_updates_in_place():
    labels = np.arange(12) % 3
    arrays = normal(12, 5), labels, normal(7, 5), normal(7), normal(3, 7), normal(3), np.zeros((7, 5), np.float32)
    step, program = compiled(training_step, *arrays, np.array(0.1, np.float32))
    assert_same(step, program, *arrays, np.array(0.1, np.float32), times=3)
    assert step.source.count("def ") == 1
    assert "NumPy" not in step.source
    assert step.source.count("dot(") == 5


EDGES = [0.0, -0.0, 1.5, -2.5, np.nan, np.inf, -np.inf, 0.5, 3.0, -0.25, 88.0, 1e-30]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_function_of_the_table_of_scalars_gives_numpys_values_at_nan_and_infinity_too(dtype):
    x, y = (a.ravel().astype(dtype) for a in np.meshgrid(EDGES, EDGES))
    table = [f for f in {**EXPRESSIONS, **FLOAT_EXPRESSIONS} if isinstance(f, np.ufunc) and dtype_of(f, dtype)]
    assert len(table) > 45
    function = lambda call, x, y: [call(f, *(x, y)[: f.nin]) for f in table]
    assert_same(*compiled(function, x, y), x, y)


def dtype_of(ufunc, dtype):
    try:
        return ufunc.resolve_dtypes((*[np.dtype(dtype)] * ufunc.nin, None))
    except TypeError:
        return None


def test_integers_and_truths_wrap_around_and_mix_as_in_numpy():
    arrays = np.array([100, -128, 7], np.int8), np.array([3, 2**31 - 1, -5], np.int32), np.array([True, False, True])
    arrays += (np.array([200, 0, 255], np.uint8), np.array([0.5, -1.5, 2], np.float32))
    functions = np.add, np.maximum, np.less, np.logical_and, np.true_divide

    def function(call, *xs):
        made = [call(f, x, y) for f in functions for x in xs for y in xs]
        made += [call(invoke, x, "astype", d) for x in xs for d in (np.int16, np.float64, bool)]
        return made + [call(np.add, x, 2) for x in xs] + [call(np.multiply, x, 0.5) for x in xs]

    assert_same(*compiled(function, *arrays), *arrays)


def test_reductions_run_along_any_axes_of_any_layout():
    x, empty, number = normal(3, 4, 5), np.zeros((0, 4), np.float32), np.array(2.0, np.float32)
    axes = None, 0, 1, (0, 2), -1

    def function(call, x, empty, number):
        turned = call(invoke, x, "transpose", 2, 0, 1)
        kinds = [(f, a) for f in (np.add.reduce, np.maximum.reduce) for a in (x, turned)]
        made = [call(f, a, axis=k, keepdims=bool(d % 2)) for f, a in kinds for d, k in enumerate(axes)]
        made += [call(np.logical_or.reduce, call(np.greater, x, 1), axis=k) for k in axes]
        made += [call(np.add.reduce, empty, axis=k) for k in (None, 0, 1)] + [call(np.add.reduce, number, axis=None)]
        made += [call(p.var, x, axis=(0, 2)), call(p.logsumexp.forward, x, axis=0)]
        return [*made, call(p.softmax.forward, x, axis=1)]

    assert_same(*compiled(function, x, empty, number), x, empty, number)


def test_a_long_sum_of_small_numbers_is_right():
    x = np.full(1 << 20, 0.1, np.float32)
    program, _ = compiled(lambda call, x: call(np.add.reduce, x), x)
    assert program(x)[0] == pytest.approx(0.1 * (1 << 20), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_random_programs_run_as_in_numpy(seed):
    function, arrays = random_program(seed)
    assert_same(*compiled(function, *arrays), *arrays)


def test_an_input_may_be_strided_or_read_only_and_is_written_to_all_the_same():
    x, w = normal(4, 6), normal(6, 4)
    program, recording = compiled(lambda call, x, w: ([call(np.exp, x)], [(w, call(np.add, w, 1))]), x, w)
    strided, turned = np.zeros((4, 12), np.float32)[:, ::2], np.asfortranarray(w)
    strided[...] = x
    strided.flags.writeable = False
    np.testing.assert_allclose(program(strided, turned)[0], np.exp(x), rtol=1e-6)
    np.testing.assert_array_equal(turned, w + 1)
    with pytest.raises(TypeError, match="compiled for float32"):
        program(x.astype(np.float64), w)
    with pytest.raises(TypeError, match=r"given float32 \[2, 6\]"):
        program(x[:2], w)


def test_a_program_may_have_nothing_to_compute():
    assert_same(*compiled(lambda call, x: call(np.zeros_like, x), normal(0, 4)), normal(0, 4))


def test_what_is_written_to_is_read_before_whoever_reads_it_and_wherever():
    def function(call, a, b, c, d):
        turned = call(invoke, a, "transpose")
        total = call(np.add, c, call(np.add.reduce, c, axis=0))
        square = call(np.multiply, d, d)
        return [call(np.divide, square, d)], [(a, b), (b, a), (c, total), (d, square), *[(a, turned)][:0]]

    arrays = normal(4, 4), normal(4, 4) + 1, normal(5, 3), normal(6)
    assert_same(*compiled(function, *arrays), *arrays, times=3)
    flipped = lambda call, a: ([a], [(a, call(operator.getitem, a, slice(None, None, -1)))])
    assert_same(*compiled(flipped, normal(7)), normal(7), times=3)


def test_parts_are_replaced_gathered_and_added_to():
    index = np.array([3, 0, 3, -1, 2])

    def function(call, x, y, index):
        rows = call(operator.getitem, x, index)
        back = call(p.put.forward, rows, index=index, shape=(4, 3))
        path = ((operator.getitem, ((slice(None), 1),), {}),)
        other = call(p.replace.forward, x, y, index=(slice(1, 3), slice(None)))
        return [rows, back, other, call(replaced, x, 5.0, path), call(p.pad.forward, x, widths=((1, 0), (-1, 2)))]

    assert_same(*compiled(function, normal(4, 3), normal(2, 3), index), normal(4, 3), normal(2, 3), index)


def test_an_index_out_of_range_raises_and_nothing_is_written():
    x, w, index = normal(4, 3), normal(3), np.array([0, 3])
    function = lambda call, x, w, i: ([call(operator.getitem, x, i)], [(w, call(np.add, w, 1))])
    program, _ = compiled(function, x, w, index)
    before = w.copy()
    for wrong in (4, -5, 2**40):
        with pytest.raises(IndexError, match="axis 0 with size 4"):
            program(x, w, np.array([0, wrong]))
    np.testing.assert_array_equal(w, before)
    program(x, w, np.array([-4, 3]))
    np.testing.assert_array_equal(w, before + 1)


def test_a_value_that_was_assumed_and_is_another_stops_the_program_before_anything_is_written():
    def function(call, x, w):
        call(assume, call(np.greater, call(np.add.reduce, x), 0), True)
        return [x], [(w, call(np.add, w, x))]

    x, w = np.ones(3, np.float32), np.zeros(3, np.float32)
    program, _ = compiled(function, x, w)
    program(x, w)
    with pytest.raises(Otherwise):
        program(-x, w)
    np.testing.assert_array_equal(w, x)


def test_what_has_no_loop_is_computed_by_numpy_between_two_parts_and_random_numbers_are_drawn_each_time():
    generator = autograd.Generator().manual_seed(0)

    def function(call, x, w):
        noise = call(draw, generator, "standard_normal", (4,), {})
        ranked = call(np.sort, call(np.exp, call(np.add, x, noise)))
        return [call(np.negative, ranked)], [(w, call(np.add, w, ranked))]

    x, w = normal(4, dtype=np.float64), np.zeros(4)
    program, recording = compiled(function, x, w)
    assert "sort: computed by NumPy" in program.source
    generator.manual_seed(1)
    expected = np.sort(np.exp(x + generator.rng.standard_normal(4)))
    generator.manual_seed(1)
    np.testing.assert_allclose(program(x, w)[0], -expected)
    np.testing.assert_allclose(w, expected)
    assert (program(x, w)[0] != -expected).any()


def test_results_are_nobody_elses():
    x, function = normal(3, 3), lambda call, x: [x, *[call(np.add, x, 1)] * 2, call(invoke, x, "transpose")]
    program, _ = compiled(function, x)
    first, second = program(x), program(x)
    for k, a in enumerate(first):
        assert not any(np.shares_memory(a, b) for b in (x, *first[:k], *second))


def test_several_threads_may_run_one_program():
    program, _ = compiled(lambda call, x: call(np.add.reduce, call(np.exp, x), axis=1), normal(50, 40))
    wrong = []

    def work(k):
        x = np.full((50, 40), k, np.float32)
        for _ in range(200):
            wrong.extend([k] if abs(program(x)[0] - 40 * np.exp(np.float32(k))).max() > 1e-3 else [])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert not wrong


PROCESS = """
import sys, time, numpy as np
from numba.core import event
from tests.compiler.numba_programs import recorded
from autograd.compiler.numba_backend import compile_program
program = recorded(lambda call, x: call(np.add.reduce, call(np.exp, x), axis=1), np.ones((6, 5)))
with event.install_recorder("numba:compile") as found:
    step = compile_program(program)
assert abs(step(np.zeros((6, 5)))[0] - 5).max() == 0
print(len(found.buffer))
"""


def test_a_second_process_compiles_nothing_and_two_at_once_do_not_meet(tmp_path, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path))
    start = lambda: subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True)
    together = [start(), start()]
    assert [each.wait() for each in together] == [0, 0]
    [each.stdout.close() for each in together]
    later = start()
    assert later.communicate()[0].strip() == "0"
    assert later.returncode == 0
