"""Every case of the table of ops gives the same when Numba compiles it, forward and backward, but for rounding.

Numba takes long over each program: many cases go into one.
"""

import pytest

import autograd
from tests.compiler.both_ways import apart, largest, needs_numba
from tests.compiler.compiled_cases import COMPILED, computed, leaves

UNITS = 32  # of eps, beside the largest number of an array


def assert_all_compiled(cases, dtype):
    """The cases in one program, run on twins of their arguments, give the same as one after the other."""

    def together(*given):
        return [computed(case, xs) for case, xs in zip(cases, given, strict=True)]

    compiled = autograd.compile(together, backend="numba", fullgraph=True)
    for seed in range(4):
        results = []
        for function in (together, compiled):
            given = [leaves(case, dtype) for case in cases]
            autograd.manual_seed(seed)
            outs = function(*given)
            results.append([(out, [x.grad for x in xs]) for out, xs in zip(outs, given, strict=True)])
        for case, (ours, grads), (theirs, others) in zip(cases, *results, strict=True):
            assert all(apart(x, y) <= UNITS for x, y in zip(ours, theirs, strict=True)), case
            size = max(map(largest, theirs), default=0.0)  # what is normalised has a gradient of 0, but for rounding
            assert all(apart(x, y, size) <= UNITS for x, y in zip(grads, others, strict=True)), case
    assert compiled.compiled_calls == 2


@needs_numba
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sample_of_the_cases_gives_the_same_when_numba_compiles_it(dtype):
    chosen = COMPILED[9::103] if dtype == "float32" else COMPILED[50::103]
    assert_all_compiled(chosen, dtype)


@needs_numba
@pytest.mark.numba
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("first", range(0, len(COMPILED), 20))
def test_every_case_gives_the_same_when_numba_compiles_it(first, dtype):
    assert_all_compiled(COMPILED[first : first + 20], dtype)
