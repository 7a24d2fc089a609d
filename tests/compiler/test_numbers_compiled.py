"""Numbers of Python's in a compiled step, a rate or a count, are what they always are, and raise Python's errors."""

import pytest

import autograd
from tests.compiler.both_ways import BACK_ENDS

COUNTS, RATES = [1, 2, 3, 4, 5], [1.0, 2.0, 3.0, 4.0, 5.0]


def counted(n, x, state):
    state["n"] = n + 1
    return x * state["n"]


def doubled(n, x, state):
    state["n"] = n * 2.0
    return state["n"], x * state["n"]


CASES = {  # what is computed of a number n and x = (1, 1, 1); the values of n, one a call
    "1 / 0": (lambda n, x, _: x * (1 / n), [*RATES, 0.0, 2.0]),
    "1 / 0 of ints": (lambda n, x, _: x * (3 / n), [*COUNTS, 0, 2]),
    "0 ** -1.5": (lambda n, x, _: x * n**-1.5, [*RATES, 0.0, 2.0]),
    "a power that is too large": (lambda n, x, _: x * n**200, [*RATES, 1e10, 2.0]),
    "a power that is complex": (lambda n, x, _: x * n**0.5, [*RATES, -4.0, 2.0]),
    "a power of infinity": (lambda n, x, _: x * n**2 / n, [*RATES, float("nan"), float("inf"), 1e200, 5.0]),
    "a power of an int that is a float": (lambda n, x, _: x.int() * 2**n, [*COUNTS, -1, 2]),
    "a long power": (lambda n, x, _: x * n**5, [*COUNTS, 10**5, -3]),
    "a long product": (lambda n, x, _: x * (n * n * n), [*COUNTS, 10**7, -3]),
    "a long sum": (lambda n, x, _: x * (n + n), [*COUNTS, 2**62, -3]),
    "a long difference": (lambda n, x, _: x * (0 - n - n), [*COUNTS, 2**62, -3]),
    "a long number": (lambda n, x, _: x * n, [*COUNTS, 2**70, -3]),
    "a remainder": (lambda n, x, _: x * (n % 3) + n // 2, [*COUNTS, 10**7, -3]),
    "a remainder by 0": (lambda n, x, _: x * (7 % n) + 9 // n, [*COUNTS, 0, -3]),
    "a remainder of floats": (lambda n, x, _: x * (n % 2.5) + 9.0 // n, [*RATES, -1.5, 0.0, -3.0]),
    "a count": (counted, [1, None, None, None, None, None]),
    "a rate that is doubled and returned": (doubled, [1.0, None, None, 1e308, None, -0.0]),
    "item()": (lambda n, x, _: ((x * n).sum().item(), (x * n).sum().long().item() // 2, x * 1), RATES),
    "bytes": (lambda n, x, _: x.byte() + n, [*COUNTS, 300, -1]),
    "16 bits": (lambda n, x, _: x.half() * n, [*RATES, 1e6, -1.0]),
    "0.0 and -0.0": (lambda n, x, _: 1 / (x * n), [*RATES, 0.0, -0.0]),
    "a comparison": (lambda n, x, _: x * 2 if n > 2 else x * 3, [1.0, *RATES, float("nan"), -0.0]),
    "the larger": (lambda n, x, _: x * max(n, 2.0) + min(n, 1), [1.0, *RATES, float("nan"), -0.0]),
    "abs and neg": (lambda n, x, _: x * abs(n) + -n, [*COUNTS, -4, 0]),
    "an int, then a float": (lambda n, x, _: x * n, [1, *COUNTS, 1.5, 2.0, 2.5, True, 3]),
    "a quotient of ints": (lambda n, x, _: x.double() * (n / 3), [*COUNTS, 2**53 + 1]),
}


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("name", CASES)
def test_what_is_computed_of_a_number_is_a_number_or_pythons_error(name, back_end):
    compute, values = CASES[name]
    seen = []
    for compiled in (lambda f: f, lambda f: autograd.compile(f, backend=back_end)):
        state, w, v = {"n": values[0]}, autograd.zeros(3), autograd.zeros(3)

        def step(x, state=state, w=w, v=v):
            w += x
            out = compute(state["n"], x, state)
            v += x
            return out

        step, results = compiled(step), []
        for value in values:
            state["n"] = state["n"] if value is None else value
            try:
                results.append(step(autograd.ones(3)))
            except (ArithmeticError, TypeError, RuntimeError) as error:
                results.append(type(error).__name__)
            results.append((state["n"], type(state["n"]), w.tolist(), v.tolist()))
        seen.append(results)
    assert list(map(str, seen[0])) == list(map(str, seen[1]))
    assert step.compiled_calls or name == "16 bits"


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_an_error_after_a_write_leaves_the_write_made_once(back_end):
    """NumPy refuses integers to negative powers: the program stops before it writes, and the function raises."""
    w = autograd.zeros(3)

    def step(x, n):
        w.add_(x)
        return n**n

    compiled = autograd.compile(step, backend=back_end)
    for k in (1, 2, 3, -1, 2):
        n = autograd.tensor([k, 2, 2])
        try:
            compiled(autograd.ones(3), n)
        except (RuntimeError, ValueError):
            assert k < 0
    assert w.tolist() == [5.0, 5.0, 5.0]
