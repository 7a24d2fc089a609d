"""Wrong uses raise what torch raises, say what was given and what to do, and leave everything as it was."""

import traceback

import numpy as np
import pytest
import torch

import autograd
from tests.cases.errors import ROWS, operands


def refusal(m, row, t):
    """What the library raises for the wrong use, and the state of the operands just before it."""
    given = [] if row.given is None else [row.given(m, t)]
    before = state(t)
    with pytest.raises(Exception) as caught:  # noqa: PT011  (the test looks at the type)
        row.use(m, t, *given)
    return caught.value, before


def state(t):
    """Everything that can be seen of the operands."""
    tensors = {name: x for name, x in vars(t).items() if name != "F"}
    return {
        name: (x.detach().numpy().tobytes(), str(x.dtype), tuple(x.shape), x.requires_grad, x.grad_fn,
               None if x.grad is None else x.grad.numpy().tobytes())
        for name, x in tensors.items()
    }  # fmt: skip


def builtin_type(error):
    """The exception class of Python that an exception of torch's stands for."""
    return next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")


@pytest.fixture(params=ROWS, ids=lambda row: row.name)
def row(request):
    return request.param


def test_it_raises_what_torch_raises(row):
    error, _ = refusal(autograd, row, operands(autograd))
    if row.instead is not None:
        assert isinstance(error, row.instead), row.reason
    else:
        expected, _ = refusal(torch, row, operands(torch))
        told = f"torch: {type(expected).__name__}: {expected}\nours: {error!r}"
        assert isinstance(error, builtin_type(expected)), told


def test_it_says_what_was_given_and_what_to_do(row):
    error, _ = refusal(autograd, row, operands(autograd))
    text = str(error).lower()
    missing = [word for word in words(row.words) if word not in text]
    assert not missing, f"{missing} not in: {error}"


def test_it_is_one_traceback(row):
    error, _ = refusal(autograd, row, operands(autograd))
    assert "\nTraceback" not in printed(error)


def printed(error):
    return "".join(traceback.format_exception(error))


LIBRARY_FRAMES = {
    lambda m: m.ones(3, 4) + m.ones(3): 1,
    lambda m: m.ones(3, 4) @ m.ones(3, 4): 1,
    lambda m: m.ones(3, 4).reshape(5, 2): 2,
    lambda m: m.cat([m.ones(3, 4), m.ones(4, 3)]): 0,
    lambda m: m.softmax(m.ones(3), 5): 0,
    lambda m: m.add(m.ones(3, 4), m.ones(3)): 0,
    lambda m: m.ones(3).sum(4): 3,
    lambda m: m.ones(3, 4)[5]: 2,
}


@pytest.mark.parametrize("use", LIBRARY_FRAMES)
def test_its_traceback_is_about_as_long_as_torch_s(use):
    lines = {}
    for m in (autograd, torch):
        with pytest.raises((RuntimeError, IndexError)) as caught:
            use(m)
        lines[m] = len(printed(caught.value).splitlines())
    assert lines[autograd] <= lines[torch] + 3 * LIBRARY_FRAMES[use]  # torch's frames are not of Python


def test_frames_that_are_not_the_library_s_stay_in_the_traceback():
    def hook(g):
        autograd.cat([g, g.reshape(1)])

    x = autograd.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(hook)
    with pytest.raises(RuntimeError) as caught:
        autograd.grad(y.sum(), x)
    assert "in hook\n" in printed(caught.value)


def words(text):
    """The words of a row; what stands in brackets is one word."""
    parts, depth = [""], 0
    for c in text.lower():
        depth += (c in "[(") - (c in "])")
        if c == " " and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def test_it_leaves_everything_as_it_was(row):
    t = operands(autograd)
    _, before = refusal(autograd, row, t)
    assert state(t) == before
    assert autograd.is_grad_enabled()


def test_a_valid_graph_works_after_it(row):
    t = operands(autograd)
    refusal(autograd, row, t)
    (g,) = autograd.grad((t.x * t.x).sum(), t.x)
    np.testing.assert_array_equal(g.numpy(), 2 * t.x.detach().numpy())


def test_the_table_has_at_least_forty_rows_of_different_names():
    assert len({row.name for row in ROWS}) == len(ROWS) >= 40
