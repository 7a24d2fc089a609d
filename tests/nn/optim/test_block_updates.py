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
    update(optim.SGD([autograd.zeros(1)]), np.zeros((33, 10)), np.zeros((33, 10)), {}, {})
    update(optim.SGD([autograd.zeros(1)]), np.zeros(199), np.zeros(199), {}, {})
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


# A state in 16 bits.


def learned(name, steps=150, stored=True, interrupted=None, **options):
    """The losses of a regression, with the state of its optimizer in 16 bits; and the optimizer."""
    numbers = np.random.default_rng(0)
    x = autograd.tensor(numbers.normal(size=(64, 20)).astype("f4"))
    y = x @ autograd.tensor(numbers.normal(size=(20, 3)).astype("f4"))
    w = autograd.zeros(20, 3, requires_grad=True)
    make = lambda: getattr(optim, name)([w], **options)
    optimizer = make().store_state_in(autograd.bfloat16) if stored else make()
    losses = []
    for step in range(steps):
        if step == interrupted:
            saved, optimizer = optimizer.state_dict(), make().store_state_in(autograd.bfloat16)
            optimizer.load_state_dict(saved)
        optimizer.zero_grad()
        loss = ((x @ w - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, optimizer


WITH_STATE = [
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("Adam", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "amsgrad": True}),
    ("RMSprop", {"lr": 0.02, "momentum": 0.5, "centered": True}),
    ("Adagrad", {"lr": 0.5}),
    ("Adadelta", {"lr": 5.0}),
    ("Adamax", {"lr": 0.1}),
    ("NAdam", {"lr": 0.1}),
    ("RAdam", {"lr": 0.1}),
    ("Rprop", {}),
]


@pytest.mark.parametrize(("name", "options"), WITH_STATE)
def test_a_state_in_16_bits_learns_nearly_as_well_and_takes_half(name, options):
    losses, optimizer = learned(name, **options)
    full, other = learned(name, stored=False, **options)
    assert losses[-1] < losses[0] / 20
    assert losses[-1] < 2 * full[-1] + 0.02
    arrays, wide = ([v for v in o.state_dict()["state"][0].values() if np.ndim(v)] for o in (optimizer, other))
    assert {v.dtype for v in arrays} == {autograd.bfloat16}
    assert 2 * sum(v.nbytes for v in arrays) == sum(v.nbytes for v in wide)


@pytest.mark.parametrize(("name", "options"), WITH_STATE)
def test_a_run_with_a_state_in_16_bits_is_resumed_bit_for_bit(name, options):
    assert learned(name, 20, **options)[0] == learned(name, 20, interrupted=7, **options)[0]


def test_blocks_and_a_state_in_16_bits_go_together(monkeypatch):
    whole, _ = learned("Adam", 30, lr=0.1)
    monkeypatch.setattr(block_updates, "BLOCK", 7)
    parts, _ = learned("Adam", 30, lr=0.1)
    assert parts[-1] == pytest.approx(whole[-1], rel=0.1)


def test_rounding_at_random_keeps_the_mean_and_what_has_16_bits():
    values = np.full(100_000, 1 + 2**-9, np.float32)  # half way between 1 and the next number of bfloat16
    out = block_updates.rounded(values).astype(np.float32)
    assert set(np.unique(out)) == {1, 1 + 2**-7}
    assert out.mean(dtype=float) == pytest.approx(1 + 2**-9, abs=1e-4)
    exact = np.array([0, -0.0, 1, -3.5, np.inf, -np.inf, 2.0**-133, np.nan], np.float32)
    assert np.array_equal(block_updates.rounded(exact).astype(np.float32), exact, equal_nan=True)


def test_a_small_mean_still_moves_in_16_bits():
    p = autograd.zeros(50_000, requires_grad=True)
    optimizer = optim.Adam([p], lr=0.0, betas=(0.9, 0.999)).store_state_in(autograd.bfloat16)
    for _ in range(1000):
        p.grad = autograd.ones(50_000)
        optimizer.step()
    v = np.asarray(optimizer.state[p]["exp_avg_sq"], dtype=np.float32)
    assert v.mean() == pytest.approx(1 - 0.999**1000, rel=0.02)  # rounded to nearest, it would have stopped at 0.25


def test_a_state_is_stored_in_bfloat16_only_and_where_the_update_is_elementwise():
    p = autograd.zeros(3, requires_grad=True)
    with pytest.raises(ValueError, match=r"expected autograd\.bfloat16, given dtype\('float16'\)"):
        optim.Adam([p]).store_state_in(autograd.float16)
    with pytest.raises(NotImplementedError, match="state of LBFGS"):
        optim.LBFGS([p]).store_state_in(autograd.bfloat16)
