"""Every case of the table of ops gives the same when it is compiled, forward and backward, to the bit."""

import pytest

import autograd
from autograd import Tensor
from tests.cases import CASES
from tests.compiler.both_ways import equal
from tests.oracle import OURS

AS_THEY_ARE = {
    "it returns a view of what it reaches, or one value twice",
    "code that is not NumPy's reads an array",
    "it assigns other memory to what it reaches",
    "it raised TypeError",  # as_strided, by memory
}
ASKING = "gives", "Python looks at", "cannot be watched", "writes to"  # several results; values that Python needs


def leaves(arrays):
    return [autograd.tensor(x, requires_grad=True) for x in arrays]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_compiled_case_gives_what_the_case_gives(case):
    arrays = case.arrays()
    try:
        if not isinstance(case.fn(OURS, *leaves(arrays)), Tensor):
            pytest.skip("it gives no tensor")
    except (RuntimeError, TypeError) as error:
        pytest.skip(f"it needs no gradient: {error}")

    def both(*xs):
        out = case.fn(OURS, *xs)
        if out.requires_grad:
            (out * out).sum().backward()
        return out.detach()

    compiled = autograd.compile(both, backend="numpy")
    for seed in range(4):
        xs, ys = leaves(arrays), leaves(arrays)
        autograd.manual_seed(seed)
        ours = both(*xs)
        autograd.manual_seed(seed)
        theirs = compiled(*ys)
        assert equal(ours, theirs)
        assert all(equal(x.grad, y.grad) for x, y in zip(xs, ys, strict=True))
    reasons = [why for why in compiled.why if why not in AS_THEY_ARE and not any(word in why for word in ASKING)]
    assert compiled.compiled_calls == 2 or (compiled.why and not reasons) or "packed" in case.name, compiled.why


def test_nearly_all_cases_are_compiled():
    """Of a hundred of them, spread over the table."""
    chosen = [case for case in CASES[::10] if "view" not in case.name]
    count = 0
    for case in chosen:
        compiled = autograd.compile(lambda *xs, case=case: (case.fn(OURS, *xs) * 2).sum(), backend="numpy")
        for _ in range(3):
            try:
                compiled(*leaves(case.arrays()))
            except (RuntimeError, TypeError, AttributeError):
                break
        count += compiled.compiled_calls
    assert count > 0.75 * len(chosen)
