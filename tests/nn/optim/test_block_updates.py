"""A large parameter is updated in blocks: to the same bits, and without temporaries of its size."""

import tracemalloc

import numpy as np
import pytest

import autograd
from nn import optim
from nn.optim import block_updates

from .test_optim import SETTINGS

OPTIMIZERS = [(name, options) for name, options in SETTINGS if name != "LBFGS"]
SHAPES = {"vector": (23,), "rows": (7, 5), "image": (3, 2, 4), "one row": (1, 40), "number": ()}


def trained(name, options, shape, turned, steps=4):
    """The parameter and its state after some steps, and the number of calls that the step took."""
    numbers = np.random.default_rng(0)
    w = numbers.normal(size=shape).astype("f4")
    p = autograd.tensor(w.T if turned else w, requires_grad=True)
    optimizer = getattr(optim, name)([p], **options)
    for _ in range(steps):
        g = numbers.normal(size=shape).astype("f4")
        p.grad = autograd.tensor(g.T if turned else g)
        optimizer.step()
    return p.numpy(force=True), optimizer.state_dict()["state"][0] if optimizer.state_dict()["state"] else {}


@pytest.mark.parametrize("turned", [False, True], ids=["in rows", "in columns"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(("name", "options"), OPTIMIZERS)
def test_blocks_change_no_bit(name, options, shape, turned, monkeypatch):
    whole, state = trained(name, options, shape, turned)
    monkeypatch.setattr(block_updates, "BLOCK", 6)
    parts, other = trained(name, options, shape, turned)
    assert parts.tobytes() == whole.tobytes()
    assert state.keys() == other.keys()
    for key, value in state.items():
        assert np.asarray(value).tobytes() == np.asarray(other[key]).tobytes(), key


def test_a_parameter_is_cut_into_blocks_of_whole_rows(monkeypatch):
    sizes = []
    update = block_updates.elementwise(lambda self, w, g, state, group: sizes.append(w.shape))
    monkeypatch.setattr(block_updates, "BLOCK", 100)
    update(None, np.zeros((33, 10)), np.zeros((33, 10)), {}, {})
    update(None, np.zeros(199), np.zeros(199), {}, {})
    assert sizes == [(10, 10), (10, 10), (10, 10), (3, 10), (199,)]


@pytest.mark.parametrize(("name", "options"), [pair for pair in OPTIMIZERS if "maximize" not in pair[1]])
def test_a_step_needs_no_memory_of_the_size_of_the_parameter(name, options):
    p = autograd.zeros(1024, 2048, requires_grad=True)
    p.grad = autograd.ones(1024, 2048)
    optimizer = getattr(optim, name)([p], **options)
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < p.nbytes // 3
