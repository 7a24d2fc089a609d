"""What torch takes in and what it turns away, and with which error: numbers, dims, dtypes, empty and 0-d tensors."""

import math

import numpy as np
import pytest

from tests.oracle import OURS, TORCH, array, attempt, outputs_of


def numbers(m):
    """Small tensors of the library by short names."""
    made = {name: m.tensor([3, 1], dtype=getattr(m, name)) for name in ("uint8", "int8", "int32", "int64", "bool")}
    halves = {"half": m.tensor([0.5, -60000.0], dtype=m.float16), "roots": m.tensor([-0.0, 0.0, -math.inf, 4.0])}
    return {**made, **halves, "five": m.tensor(5), "none": m.zeros(0), "flat": m.zeros(2, 0), "x": m.ones(2, 3)}


DOORS = {
    # integers
    "a power beyond the dtype": lambda m, uint8, **_: uint8**300,
    "a negative power of an unsigned": lambda m, uint8, **_: uint8**-1,
    "a negative power of nothing": lambda m, int64, **_: int64[:0] ** -2,
    "a negative power of bools": lambda m, bool, **_: bool**-1,
    "a huge power of nothing": lambda m, int8, **_: int8[:0].pow_(300),
    "a root of integers": lambda m, int64, **_: int64**0.5,
    "a sum that wraps": lambda m, int32, **_: int32 + 2**31,
    "a sum with what only uint64 holds": lambda m, int64, **_: int64 + 2**63,
    "a product that wraps": lambda m, uint8, **_: uint8 * 300,
    "a bound that uint8 does not hold": lambda m, uint8, **_: uint8.clamp(min=300),
    "a bound for nothing": lambda m, uint8, **_: uint8[:0].clamp_(max=300),
    "a negative bound of an unsigned": lambda m, uint8, **_: uint8.clamp(min=-1),
    "a bound too large for a float": lambda m, x, **_: x.clamp(max=1e39),
    "an infinite bound": lambda m, x, **_: x.clamp(max=math.inf),
    "alpha beyond the dtype": lambda m, uint8, **_: uint8.add(1, alpha=300),
    "alpha 1.0 among integers": lambda m, int64, **_: int64.add(int64, alpha=1.0),
    "alpha 1.0 among integers in place": lambda m, int64, **_: int64.add_(int64, alpha=1.0),
    "alpha True among floats": lambda m, x, **_: x.sub(x, alpha=True),
    "alpha True among bools": lambda m, bool, **_: bool.add(bool, alpha=True),
    "a negative value in addcmul": lambda m, uint8, **_: m.addcmul(uint8, uint8, uint8, value=-3),
    "a value beyond the dtype in addcmul": lambda m, uint8, **_: m.addcmul(uint8, uint8, uint8, value=300),
    "all of uint8": lambda m, uint8, **_: (uint8.all(), uint8.any(0), uint8[:0].all()),
    "NaN written to integers": lambda m, int64, **_: int64.copy_(m.tensor(math.nan)),
    "infinity written to bools": lambda m, bool, **_: bool.copy_(m.tensor(math.inf)),
    "masked_fill beyond the dtype": lambda m, uint8, bool, **_: uint8.masked_fill(bool, 300),
    # bits
    "bits of floats": lambda m, x, **_: x & x,
    "bits of integers and a float": lambda m, int64, **_: int64 | 1.5,
    "bits of floats that do not broadcast": lambda m, x, **_: x ^ m.ones(2),
    "bits of floats, negated": lambda m, x, **_: m.bitwise_not(x),
    "the operator ~ of floats": lambda m, x, **_: ~x,
    "floats shifted": lambda m, x, **_: x << 1,
    # roots, and float16 with numbers beyond its range
    "powers of 0.5": lambda m, roots, **_: (roots**0.5, roots[2] ** 0.5),
    "powers of -0.5": lambda m, roots, **_: (roots**-0.5, 1 / roots[0] ** -0.5),
    "float16 times a large number": lambda m, half, **_: (half * 1e5, 100000 * half, half[0] * 1e5),
    "float16 times a large 0-d tensor": lambda m, half, **_: half * m.tensor(1e5),
    "float16 by a large number": lambda m, half, **_: (half / 1e5, 1e5 / half[1:]),
    "float16 times a large number in place": lambda m, half, **_: half.mul_(1e5),
    "float16 and a large sum": lambda m, half, **_: half + 1e5,
    "float16 masked with too much": lambda m, half, **_: half.masked_fill(half > 0, 1e5),
    # numbers that are tensors
    "mT of a number": lambda m, five, **_: five.mT,
    "mT of a vector": lambda m, none, **_: none.mT,
    "where of a number": lambda m, five, **_: (*m.where(five > 0), *m.where(five < 0)),
    "windows of a number": lambda m, five, **_: (five.unfold(0, 1, 1), five.unfold(-1, 0, 2)),
    "windows too long for a number": lambda m, five, **_: five.unfold(0, 2, 1),
    "a number unbound": lambda m, five, **_: five.unbind(0),
    "a number narrowed": lambda m, five, **_: five.narrow(0, 0, -1),
    "a number unflattened": lambda m, five, **_: five.unflatten(0, (1,)),
    "a number interleaved along a dim": lambda m, five, **_: five.repeat_interleave(2, 0),
    "a number interleaved": lambda m, five, **_: five.repeat_interleave(2),
    "a number rolled along a dim": lambda m, five, **_: five.roll(1, 0),
    "a number rolled": lambda m, five, **_: (five.roll(1), five.roll(1, ())),
    "numbers joined": lambda m, five, **_: m.cat([five, five], 5),
    "two places in a number": lambda m, five, **_: five.index_select(0, m.tensor([0, 7])),
    # tensors of nothing
    "softmax of no integers": lambda m, int64, **_: (int64[:0].softmax(0), int64[:0].log_softmax(0)),
    "softmax of no integers beyond": lambda m, int64, **_: int64[:0].softmax(1),
    "softmax of integers beyond": lambda m, int64, **_: int64.softmax(1),
    "median of no integers": lambda m, int64, int32, uint8, **_: [t[:0].median() for t in (int64, int32, uint8)],
    "median of no bools": lambda m, bool, **_: bool[:0].median(),
    "running sum of no bools": lambda m, bool, **_: bool[:0].cumsum_(0),
    "nothing rolled beyond": lambda m, flat, **_: flat.roll(1, 5),
    "nothing joined beyond": lambda m, none, **_: m.cat([none, none], 5),
    "nothing joined to something beyond": lambda m, none, x, **_: m.cat([none, x], 5),
    "nothing unflattened": lambda m, flat, **_: flat.unflatten(1, (-1, 2)),
    "nothing unflattened into nothing": lambda m, flat, **_: flat.unflatten(1, (-1, 0)),
    # dims, sizes, indices
    "unflatten without sizes": lambda m, x, **_: x.unflatten(5, ()),
    "unflatten into another size": lambda m, x, **_: x.unflatten(1, (-1, 2)),
    "unflatten with two unknowns": lambda m, x, **_: x.unflatten(1, (-1, -1)),
    "unflatten beyond": lambda m, x, **_: x.unflatten(2, (1,)),
    "narrow by less than nothing": lambda m, x, **_: x.narrow(5, 5, -1),
    "narrow beyond": lambda m, x, **_: x.narrow(0, 5, 1),
    "roll by nothing": lambda m, x, **_: x.roll((), ()),
    "roll of several shifts without dims": lambda m, x, **_: x.roll((1, 2)),
    "roll beyond": lambda m, x, **_: x.roll(1, 2),
    "two ellipses": lambda m, x, **_: (x[..., ...], x[0, ..., ...], x[..., 0, ...], x[0, 0, ..., ...]),
    "two ellipses and a new dim": lambda m, x, **_: (x[..., None, ...], x[0, 0, ..., ..., None]),
    "two ellipses and a tensor": lambda m, x, **_: (x[m.tensor([1, 0]), ..., ...], x[..., m.tensor([1]), ...]),
    "two ellipses and then an index": lambda m, x, **_: x[..., ..., 0],
    "two ellipses and then a new dim": lambda m, x, **_: x[..., ..., None],
    "allclose of other shapes": lambda m, x, **_: m.tensor(m.allclose(x, m.ones(2, 2))),
    # gradients
    "a sum of integers where a gradient is wanted": lambda m, x, **_: x.requires_grad_().sum(0, dtype=m.int64),
    "a running sum of them": lambda m, x, **_: x.requires_grad_().cumsum(0, dtype=m.int64),
    "a leaf's view after detach_": lambda m, x, **_: _written_after_detach(x),
    "detach_ of a constant's view": lambda m, x, **_: x[0].detach_(),
    "a view that is a leaf": lambda m, x, **_: x[0].requires_grad_().mul_(2),
}  # fmt: skip


def _written_after_detach(x):
    view = x.requires_grad_()[0]
    x.detach_()
    return view.mul_(2)


@pytest.mark.parametrize("name", DOORS)
def test_a_door_is_as_wide_as_that_of_torch(name):
    call = lambda m, fn, *_: outputs_of(fn(m, **numbers(m)))
    ours, theirs = [attempt(call, m, DOORS[name], []) for m in (OURS, TORCH)]
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception), f"torch raises {theirs!r}, we give {ours}"
        assert isinstance(ours, type(theirs)), f"torch raises {theirs!r}, we raise {ours!r}"
    else:
        assert not isinstance(ours, Exception), f"torch gives {theirs}, we raise {ours!r}"
        for a, b in zip(map(array, ours), map(array, theirs), strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_allclose(a, b, rtol=2e-3 if a.dtype == np.float16 else 1e-6)


@pytest.mark.parametrize("operation", ["x * 1e5", "x / 1e5", "1e5 / x", "x * s", "x / s"])
def test_a_large_number_reaches_the_gradient_of_float16(operation):
    def gradients(m):
        x, s = m.tensor([3.0, -40000.0], dtype=m.float16, requires_grad=True), m.tensor(1e5, requires_grad=True)
        out = eval(operation, {"x": x, "s": s})
        (out * 1e-3).sum().backward()
        return [t.grad for t in (x, s) if t.grad is not None]

    for ours, theirs in zip(gradients(OURS), gradients(TORCH), strict=True):
        np.testing.assert_allclose(array(ours), array(theirs), rtol=2e-3, atol=1e-7)


@pytest.mark.parametrize("values", [[-math.inf, -math.inf, 1.0], [-math.inf, 2.0, 1.0], [math.nan, 1.0, math.nan]])
def test_the_gradient_of_a_median_that_is_no_number_is_that_of_torch(values):
    def gradient(m):
        x = m.tensor(values, requires_grad=True)
        x.median().backward()
        return x.grad

    np.testing.assert_array_equal(array(gradient(OURS)), array(gradient(TORCH)))


def test_detach_in_place_stops_the_gradient_that_older_graphs_would_leave():
    def gradient(m):
        x = m.tensor([1.0, 2.0], requires_grad=True)
        loss = (x * x).sum()
        loss.backward(retain_graph=True)
        x.detach_()
        loss.backward()
        return x.grad

    np.testing.assert_array_equal(array(gradient(OURS)), array(gradient(TORCH)))
