"""Sums of many numbers, and sums in float16: as right as torch's, or more so; gradients too."""

import itertools

import numpy as np
import pytest
import torch

import autograd
from autograd.core.sums import LONG, total
from nn import functional as F
from tests.oracle import OURS, TORCH, array

RNG = np.random.default_rng(0)
ONES, BIG, TENS = np.ones((4096, 2)), np.full((1000, 2), 300.0), np.arange(100) * 10.0
DRAWN, PIXELS, CLASSES = RNG.normal(size=(5000, 3)), np.abs(RNG.normal(size=(8, 3, 20, 20))) * 300, np.zeros(4096, int)


def outcome(m, fn, arrays, dtype):
    """The value, and the gradients of the value's sum."""
    xs = [m.tensor(a if a.dtype == int else a.astype(dtype)) for a in arrays]
    leaves = [x.requires_grad_() for x in xs if x.is_floating_point()]
    out = fn(m, *xs)
    out.to(m.float32).sum().backward()
    return [array(out), *(array(x.grad) for x in leaves)]


def batch_norm(m, x):
    """As nn.functional has it in both libraries: torch.batch_norm is another function."""
    return (F if m is OURS else torch.nn.functional).batch_norm(x, None, None, training=True)


HALVES = {
    "sum": (lambda m, x: x.sum(0), ONES), "sum of all": (lambda m, x: x.sum(), ONES),
    "sum past the range": (lambda m, x: x.sum(), np.array([6e4, 6e4, -6e4])),
    "nansum": (lambda m, x: m.nansum(x, 0), ONES), "mean": (lambda m, x: x.mean(), np.ones(70000)),
    "mean of large": (lambda m, x: x.mean(0), BIG), "var": (lambda m, x: x.var(0), ONES),
    "std": (lambda m, x: x.std(), TENS),
    "norm": (lambda m, x: m.norm(x, dim=0), BIG), "norm 3": (lambda m, x: m.norm(x.detach(), 3) + 0 * x, BIG),
    "cumsum": (lambda m, x: x.cumsum(0), ONES), "softmax": (lambda m, x: m.softmax(x, 0) * 100, ONES),
    "log_softmax": (lambda m, x: m.log_softmax(x, 0), ONES), "logsumexp": (lambda m, x: m.logsumexp(x, 0), BIG),
    "einsum": (lambda m, x: m.einsum("ab->b", x), ONES),
    "einsum of two": (lambda m, x, y: m.einsum("ab,ab->b", x, y), ONES, ONES),
    "matmul": (lambda m, x, y: x.mT @ y, ONES, ONES), "add": (lambda m, x, y: x + y, ONES, np.ones(2)),
    "mul": (lambda m, x, y: x * y, ONES, np.ones((1, 2))), "expand": (lambda m, x: x.expand(4096, 2), ONES[:1]),
    "repeat": (lambda m, x: x.repeat(4096, 1), ONES[:1]),
    "gather": (lambda m, x, i: x.gather(0, i[:, None]), ONES[:2], CLASSES),
    "linear": (lambda m, x, y, z: m.linear(x, y, z), ONES, np.ones((3, 2)), np.ones(3)),
    "layer_norm": (lambda m, x: m.layer_norm(x, (6300,)), np.arange(6300.0)[None] * 10),
    "batch_norm": (lambda m, x: batch_norm(m, x) * x, PIXELS),
    "avg_pool2d": (lambda m, x: m.avg_pool2d(x, 20), PIXELS),
    "adaptive_avg_pool2d": (lambda m, x: m.adaptive_avg_pool2d(x, 1), PIXELS),
    "cosine_similarity": (lambda m, x, y: m.cosine_similarity(x, y, 0), BIG, DRAWN[:1000, :2]),
    "normalize": (lambda m, x: m.normalize(x, dim=0), BIG),
    "mse_loss": (lambda m, x, y: m.mse_loss(x, y), np.ones((70000, 2)), np.zeros((70000, 2))),
    "l1_loss": (lambda m, x, y: m.l1_loss(x, y), np.ones((70000, 2)), np.zeros((70000, 2))),
    "cross_entropy": (lambda m, x, i: m.cross_entropy(x, i), ONES, CLASSES),
    "nll_loss": (lambda m, x, i: m.nll_loss(-x, i), ONES, CLASSES),
}  # fmt: skip


@pytest.mark.parametrize("name", HALVES)
def test_float16_is_added_up_in_float32_as_in_torch(name):
    fn, *arrays = HALVES[name]
    for ours, theirs in zip(*(outcome(m, fn, arrays, "float16") for m in (OURS, TORCH)), strict=True):
        assert ours.dtype == theirs.dtype == np.float16
        ours, theirs = ours.astype(float), theirs.astype(float)
        np.testing.assert_allclose(ours, theirs, rtol=3e-3, atol=2e-5 * max(1e-2, np.abs(theirs).max()))


BEYOND_TORCH = {
    "cross_entropy of many": lambda x, i: F.cross_entropy(x, i),
    "weighted": lambda x, i: F.cross_entropy(x, i, autograd.ones(2, dtype=autograd.float16)),
    "ignoring": lambda x, i: F.cross_entropy(x, i, ignore_index=1),
    "smoothed": lambda x, i: F.cross_entropy(x, i, label_smoothing=0.1),
}


@pytest.mark.parametrize("name", BEYOND_TORCH)
def test_a_mean_in_float16_of_more_losses_than_float16_can_count_is_right_where_torchs_is_not(name):
    x, i = autograd.ones(70000, 2, dtype=autograd.float16, requires_grad=True), autograd.zeros(70000).long()
    loss = BEYOND_TORCH[name](x, i)
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2), rel=1e-3)
    assert x.grad._data[0, 1] > 0


# -- long sums in float32 ----------------------------------------------------------------------------------------------

MANY = 2**20 + 17
TENTHS = np.full((MANY, 2), 0.1)
LONG_SUMS = {
    "sum": (lambda m, x: x.sum(0), TENTHS), "mean": (lambda m, x: x.mean(0), TENTHS),
    "var": (lambda m, x: x.var(0), RNG.normal(size=(MANY, 2))),
    "std": (lambda m, x: x.std(0), RNG.normal(size=(MANY, 2))),
    "norm": (lambda m, x: m.norm(x, dim=0), TENTHS), "logsumexp": (lambda m, x: m.logsumexp(x, 0), TENTHS),
    "softmax": (lambda m, x: m.softmax(x, 0)[:2], TENTHS), "cumsum": (lambda m, x: x.cumsum(0)[-1], TENTHS),
    "log_softmax": (lambda m, x: m.log_softmax(x, 0)[:2], TENTHS), "add": (lambda m, x, y: x + y, TENTHS, np.ones(2)),
    "einsum": (lambda m, x: m.einsum("ab->b", x), TENTHS), "repeat": (lambda m, x: x.repeat(MANY, 1), TENTHS[:1]),
    "batch_norm": (lambda m, x: batch_norm(m, x)[:3], RNG.normal(size=(MANY, 2))),
    "strided": (lambda m, x: x[:, ::2].mean(), np.full((MANY, 4), 0.1)),
    "transposed": (lambda m, x: x.mT.sum(-1), TENTHS), "expanded": (lambda m, x: x.expand(MANY, 2).sum(0), TENTHS[:1]),
}  # fmt: skip


@pytest.mark.parametrize("name", LONG_SUMS)
def test_a_long_sum_in_float32_is_right_to_a_millionth(name):
    fn, *arrays = LONG_SUMS[name]
    arrays = [a.astype(np.float32).astype(np.float64) for a in arrays]
    for found, exact in zip(*(outcome(OURS, fn, arrays, dtype) for dtype in ("float32", "float64")), strict=True):
        np.testing.assert_allclose(found, exact, rtol=1.1e-6, atol=1e-6 * np.abs(exact).max())


def test_integers_stay_exact_in_long_sums():
    x = autograd.full((MANY, 2), 2**40 + 1)
    assert x.sum(0).tolist() == [MANY * (2**40 + 1)] * 2
    assert (x > 0).sum().item() == 2 * MANY


LAYOUTS = {
    "rows": lambda x: x, "columns": np.asfortranarray, "every second": lambda x: x[::2],
    "backward": lambda x: x[..., ::-1],
    "narrow": lambda x: x[..., ::2], "broadcast": lambda x: np.broadcast_to(x[:1], x.shape), "turned": np.transpose,
    "of one": lambda x: x[:, :1],
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(LONG + 1, 2), (2, 3 * LONG), (5000, 3, 7), (30, 40, 50), (3, 5000, 2)], ids=str)
def test_sums_are_right_over_all_axes_of_all_layouts(shape, layout):
    x = LAYOUTS[layout](RNG.random(shape, dtype=np.float32))
    some = [axes for n in range(1, x.ndim + 1) for axes in itertools.combinations(range(x.ndim), n)]
    for axis, keepdims in itertools.product([None, *range(-x.ndim, x.ndim), *some], (False, True)):
        found, exact = total(x, axis, keepdims), x.astype(np.float64).sum(axis, keepdims=keepdims)
        assert (found.shape, found.dtype) == (exact.shape, np.float32)
        np.testing.assert_allclose(found, exact, rtol=5e-6)
