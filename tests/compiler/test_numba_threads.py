"""Large loops are divided among threads, and give the same to the bit, in a process that was forked too."""

import multiprocessing
import os
import sys

import numpy as np
import pytest

pytest.importorskip("numba", reason="the Numba back end needs numba")
pytest.importorskip("scipy", reason="the Numba back end needs scipy")

import autograd
from autograd.compiler import numba_threads
from autograd.compiler.numba_backend import compile_program
from tests.compiler.numba_programs import recorded


def momentum(call, w, g, m):
    new = call(np.add, call(np.multiply, m, 0.9), g)
    return [], [(m, new), (w, call(np.subtract, w, call(np.multiply, new, 0.1)))]


def by_columns(call, x, b):
    return [call(np.tanh, call(np.add, call(np.multiply, x, 2.0), b))], []


def arrays(function):
    draw = np.random.default_rng(0).standard_normal
    if function is momentum:
        return [draw(1_048_583).astype(np.float32) for _ in range(3)]
    return [draw((1100, 1001)), draw(1001)]


@pytest.mark.parametrize("function", [momentum, by_columns])
@pytest.mark.parametrize("count", [2, 3])
def test_any_number_of_threads_computes_the_same(function, count, monkeypatch):
    results = []
    for threads in (1, count):
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        given = arrays(function)
        program = compile_program(recorded(function, *given))
        assert "range(begin, end)" in program.source
        results.append([*program(*given), *program(*given), *given])
    assert all(np.array_equal(x, y) for x, y in zip(*results, strict=True))


def test_small_loops_sums_and_rows_that_stand_in_memory_are_not_divided():
    def loss(x):
        return ((x - x.mean(1, keepdim=True)) ** 2).sum()

    compiled = autograd.compile(loss, backend="numba", fullgraph=True)
    x = autograd.randn(600, 600)
    for _ in range(4):
        assert abs(compiled(x).item() - loss(x).item()) < 1
    assert "begin" not in compiled.source


@pytest.mark.skipif(sys.platform == "win32", reason="no process is forked there")
def test_a_process_that_was_forked_has_threads_of_its_own(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    given = arrays(by_columns)
    program = compile_program(recorded(by_columns, *given))
    (before,) = program(*given)
    queue = multiprocessing.get_context("fork").SimpleQueue()
    child = multiprocessing.get_context("fork").Process(target=lambda: queue.put(float(program(*given)[0].sum())))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert queue.get() == float(before.sum())


def test_there_are_as_many_threads_as_the_environment_says_or_cores(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    assert numba_threads.threads() == 2
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.delenv("NUMBA_NUM_THREADS")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert numba_threads.threads() == cores
    monkeypatch.setenv("OMP_NUM_THREADS", "0")
    assert numba_threads.threads() == 1
