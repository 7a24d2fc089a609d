"""Every case of the table of ops gives the same when it is compiled, forward and backward, to the bit."""

import pytest

import autograd
from tests.cases import CASES
from tests.compiler.both_ways import assert_equal, equal
from tests.compiler.compiled_cases import WHY, computed, leaves
from tests.oracle import OURS


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_compiled_case_gives_what_the_case_gives_or_says_why(case):
    compiled = autograd.compile(lambda *xs: computed(case, xs), backend="numpy")
    for seed in range(4):
        xs, ys = leaves(case, "float64"), leaves(case, "float64")
        autograd.manual_seed(seed)
        ours = computed(case, xs)
        autograd.manual_seed(seed)
        assert_equal(compiled(*ys), ours)
        assert all(equal(x.grad, y.grad) for x, y in zip(xs, ys, strict=True))
    assert compiled.compiled_calls == (0 if case.name in WHY else 2), compiled.why
    assert compiled.why == [why for why in [WHY.get(case.name)] if why]


def test_nearly_all_cases_are_compiled():
    """Of a hundred of them, spread over the table."""
    chosen = [case for case in CASES[::10] if "view" not in case.name]
    count = 0
    for case in chosen:
        compiled = autograd.compile(lambda *xs, case=case: (case.fn(OURS, *xs) * 2).sum(), backend="numpy")
        for _ in range(3):
            try:
                compiled(*leaves(case, "float64"))
            except (RuntimeError, TypeError, AttributeError):
                break
        count += compiled.compiled_calls
    assert count > 0.75 * len(chosen)
