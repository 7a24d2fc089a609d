"""Scripts that try to make a compiled function wrong see what they see without compiling, by either back end."""

import numpy as np
import pytest

import autograd
from autograd import Tensor
from tests.compiler import attacks_on_arrays, attacks_on_modules, attacks_on_steps
from tests.compiler.both_ways import BACK_ENDS, apart, assert_equal, needs_numba

ATTACKS = attacks_on_arrays.ATTACKS | attacks_on_steps.ATTACKS | attacks_on_modules.ATTACKS
NEVER = {  # of which there is no program, and why
    "views_of_one_array_given_twice": "two of the tensors that it reaches share memory",
    "a_base_written_to_while_its_view_is_held": "two of the tensors that it reaches share memory",
    "a_view_that_is_written_to": "code that is not NumPy's reads an array",
    "gradients_of_extremes_with_ties": "code that is not NumPy's reads an array",
    "a_choice_by_a_mask": "a value that is not computed here changes from call to call: other steps",
    "a hook of a gradient": "a hook is registered on net.0.weight",
    "words with a largest norm": "a value that is not computed here changes from call to call: other steps",
    "words by frequency": "unique gives tuple, not an array",
    "checkpointed": "it looks at the state of a generator, or sets it",
    "autocast inside": "code that is not NumPy's reads an array",
}
SAMPLE = {
    "results_that_are_written_to", "an_argument_that_is_written_to", "integers_that_overflow", "zeros_with_a_sign",
    "an_argument_that_is_written_to_and_shares_memory_with_another", "indices_out_of_range", "errors_in_the_middle",
    "branches_by_values", "other values of all", "state of the optimizer taken back",
}  # fmt: skip  # run under Numba in the ordinary tests, too
UNITS = 64  # of eps, beside the largest number of an array


def near(ours, theirs):
    """Assert that two results are the same but for rounding."""
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        ours, theirs = list(ours.items()), list(theirs.items())
    if isinstance(ours, list | tuple):
        assert len(ours) == len(theirs)
        for x, y in zip(ours, theirs, strict=True):
            near(x, y)
    elif isinstance(ours, Tensor | np.ndarray):
        assert apart(ours, theirs) <= UNITS, (ours, theirs)
    else:
        assert ours == theirs or (ours != ours and theirs != theirs)


def attack(name, back_end):
    """Run a script as it is, and with compiled functions."""
    made = []

    def compiled(function):
        made.append(autograd.compile(function, backend=back_end))
        return made[-1]

    seen = []
    for wrap in (compiled, lambda function: function):
        autograd.manual_seed(0)
        with np.errstate(all="ignore"):
            seen.append(ATTACKS[name](wrap))
    (assert_equal if back_end == "numpy" else near)(*seen)
    if name in NEVER:
        assert not sum(f.compiled_calls for f in made)
        assert NEVER[name] in made[0].why
    else:
        assert all(f.compiled_calls for f in made), [f.why for f in made]


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("name", ATTACKS)
def test_a_script_sees_the_same_compiled(name, back_end):
    attack(name, back_end)


@needs_numba
@pytest.mark.parametrize("name", sorted(SAMPLE))
def test_a_sample_of_the_scripts_sees_the_same_when_numba_compiles(name):
    attack(name, "numba")
