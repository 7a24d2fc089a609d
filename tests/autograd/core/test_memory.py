"""Who owns, keeps and frees memory: laws that every op of the table obeys, and the bookkeeping behind them."""

import gc
import weakref

import numpy as np
import pytest

import autograd
from tests.cases import CASES
from tests.oracle import OURS, array, outputs_of, tensors, weights

every_case = pytest.mark.parametrize("case", CASES, ids=repr)


@pytest.fixture
def without_collector():
    """Reference counts alone decide what lives."""
    gc.disable()
    yield
    gc.enable()


def run(case, leaves):
    """The outputs that carry a gradient, and a gradient for each."""
    live = [o for o in outputs_of(case.fn(OURS, *leaves)) if o.requires_grad]
    return live, weights(OURS, live)


def backward(outs, seeds, **options):
    for out, seed in zip(outs, seeds, strict=True):
        out.backward(seed, **options)


def grads_of(leaves):
    return [None if x.grad is None else array(x.grad).copy() for x in leaves]


@every_case
def test_inputs_outputs_and_seeds_are_left_as_they_were(case):
    arrays = case.arrays()
    leaves = tensors(OURS, arrays)
    outs, seeds = run(case, leaves)
    values, given = [array(o).copy() for o in outs], [array(s).copy() for s in seeds]
    backward(outs, seeds)
    for after, before in zip([*leaves, *outs, *seeds], [*arrays, *values, *given], strict=True):
        np.testing.assert_array_equal(array(after), before)


@every_case
def test_every_grad_owns_its_memory(case):
    leaves = tensors(OURS, case.arrays())
    outs, seeds = run(case, leaves)
    backward(outs, seeds)
    grads = [x.grad for x in leaves if x.grad is not None]
    for i, grad in enumerate(grads):
        assert array(grad).flags.writeable
        for other in [*leaves, *outs, *seeds, *grads[:i]]:
            assert not np.shares_memory(array(grad), array(other))


@every_case
def test_backward_again_on_a_retained_graph_adds_the_same_again(case):
    leaves = tensors(OURS, case.arrays())
    outs, seeds = run(case, leaves)
    backward(outs, seeds, retain_graph=True)
    once = grads_of(leaves)
    backward(outs, seeds, retain_graph=True)
    for twice, first in zip(grads_of(leaves), once, strict=True):
        np.testing.assert_array_equal(twice, first if first is None else 2 * first)


@every_case
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_graph_dies_with_its_last_reference(case, create_graph, without_collector):
    leaves = [x * 1 for x in tensors(OURS, case.arrays())]
    outs, seeds = run(case, leaves)
    nodes = [weakref.ref(t.grad_fn) for t in [*leaves, *outs]]
    memory = [weakref.ref(array(t)) for t in [*leaves, *outs] if t.ndim]
    grads = autograd.grad(outs, leaves, seeds, create_graph=create_graph, allow_unused=True) if outs else ()
    nodes += [weakref.ref(g.grad_fn) for g in grads if g is not None and g.grad_fn is not None]
    del leaves, outs, grads
    assert not [ref() for ref in nodes + memory if ref() is not None]


@pytest.mark.parametrize("case", [case for case in CASES if "held" not in case.without], ids=repr)
def test_only_what_a_rule_reads_is_held(case):
    """What survives the caller's `del` must matter: the gradient changes when it is overwritten behind our back."""
    for place in range(len(case.specs)):
        leaves = tensors(OURS, case.arrays())
        inputs = [x * 1 for x in leaves]
        outs, seeds = run(case, inputs)
        totals = [(o * 1).sum() for o in outs]  # neither of the two reads what it is given
        held = weakref.ref(array(inputs[place]))
        del inputs, outs
        if held() is None:
            continue
        backward(totals, [None] * len(totals), retain_graph=True)
        before = grads_of(leaves)
        held()[...] = np.nan
        for x in leaves:
            x.grad = None
        try:
            backward(totals, [None] * len(totals), retain_graph=True)
        except np.linalg.LinAlgError:
            continue
        after = grads_of(leaves)
        assert any((a != b).any() for a, b in zip(before, after, strict=True)), f"input {place} is held for nothing"


@every_case
def test_no_gradient_is_silently_wrong_after_a_write_in_place(case):
    """Backward through a value that has changed raises, or did not need the value."""
    expected_leaves = tensors(OURS, case.arrays())
    backward(*run(case, expected_leaves))
    expected = grads_of(expected_leaves)
    for place in range(len(case.specs)):
        for of_output in (False, True):
            leaves = tensors(OURS, case.arrays())
            inputs = [x * 1 for x in leaves]
            outs, seeds = run(case, inputs)
            victim = (outs[0] if outs else inputs[0]) if of_output else inputs[place]
            try:
                victim.detach().mul_(3).add_(1)
                backward(outs, seeds, retain_graph=True)
            except RuntimeError as error:
                message = str(error)
            else:
                message = ""
                for mine, right in zip(grads_of(leaves), expected, strict=True):
                    np.testing.assert_array_equal(mine, right)
            assert not message or "modified by an inplace" in message or "single memory location" in message
