"""Floats of 16 bits: every op and every rule is computed in float32 and rounded once, as by PyTorch, or nearer."""

import itertools

import numpy as np
import pytest
import torch

import autograd
from tests.cases import CASES
from tests.oracle import OURS, TORCH, array, attempt, outputs_of

UNITS = {"bfloat16": 2.0**-7, "float16": 2.0**-10}  # in the last place of 1
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 1e-12, -1e-12, 6e-8, 65504.0, -7e4, 3e38, -3.39e38, np.inf, -np.inf, np.nan]


def run(m, fn, arrays, dtype):
    """Values and gradients in `dtype`, as float64; the incoming gradients are random."""
    rng = np.random.default_rng(7)
    leaves = [m.tensor(a).to(getattr(m, dtype)).requires_grad_() for a in arrays]
    outs = outputs_of(fn(m, *leaves))
    for out in outs:
        w = rng.uniform(0.5, 1.5, tuple(out.shape))
        if out.requires_grad:
            out.backward(m.tensor(w).to(getattr(m, dtype)).to(out.dtype), retain_graph=True)
    return [*outs, *(x.grad for x in leaves)]


def rounded(arrays, dtype):
    """The numbers that `dtype` has for these."""
    return [torch.tensor(a).to(getattr(torch, dtype)).double().numpy() for a in arrays]


def distance(x, y):
    """How far x is from y, in parts of the largest number of y; below 1e-12 that is what rounding has left of 0."""
    same = (x == y) | (np.isnan(x) & np.isnan(y))
    finite = np.abs(y[np.isfinite(y)])
    largest = finite.max(initial=0)
    with np.errstate(all="ignore"):
        apart = np.where(same, 0, np.abs(x - y) / (largest if largest > 1e-12 else 1))
    return np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max(initial=0)


@pytest.mark.parametrize("dtype", UNITS)
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_value_and_gradient_are_those_of_torch_or_as_near_to_the_exact_ones(case, dtype):
    """Within a unit of torch's; or, where torch rounds in other places, not much farther from float64 than it."""
    arrays = rounded(case.arrays(), dtype)
    theirs = attempt(run, TORCH, case.fn, arrays, dtype)
    ours = attempt(run, OURS, case.fn, arrays, dtype)
    if isinstance(theirs, Exception):  # torch has no code for 16 bits there
        return
    if isinstance(ours, Exception):
        raise ours
    exact = attempt(run, TORCH, case.fn, arrays, "float64")
    for mine, other, right in zip(ours, theirs, exact, strict=True):
        if other is None:
            assert mine is None
            continue
        assert str(mine.dtype) == str(other.dtype).removeprefix("torch.")
        assert tuple(mine.shape) == tuple(other.shape)
        mine, other, right = (array(x).astype(np.float64) for x in (mine, other, right))
        if distance(mine, other) > UNITS[dtype]:
            assert distance(mine, right) <= 2 * min(distance(other, right), 1e9) + 3 * UNITS[dtype]


SEVERAL_OPS = {"add alpha", "sub alpha", "lerp tensor", "addcdiv", "addcdiv_", "round decimals", "ldexp", "x.ldexp"}
SQUARED_BY_TORCH = {"atan2", "arctan2", "x.atan2", "hypot", "x.hypot"}  # beyond its range, which gives NaN
DIVIDED_BY_TORCH = {"remainder", "x % y", "fmod"}  # by a number so small that the quotient is rounded


AT_EDGES = [case for case in CASES if case.kind == "elementwise" and case.specs and "edges" not in case.without
            and case.name not in SEVERAL_OPS | SQUARED_BY_TORCH | DIVIDED_BY_TORCH]  # fmt: skip


def close(x, y, unit):
    """Where x and y are the same to 2 units in the last place, or differ by the smallest numbers there are."""
    with np.errstate(all="ignore"):
        within = np.abs(x - y) <= np.maximum(2 * unit * np.abs(y), 2e-6 * unit)
        return (x == y) | (np.isnan(x) & np.isnan(y)) | within


@pytest.mark.parametrize("dtype", UNITS)
@pytest.mark.parametrize("case", AT_EDGES, ids=repr)
def test_at_the_edges_it_is_what_torch_gives_in_16_bits_or_in_float32(case, dtype):
    """Of numbers next to 0 and at the end of the range, infinities and NaN; torch's float32 is the more exact of two.

    Not of functions that are several ops here, each of which rounds.
    """
    edges = EDGES if len(case.specs) < 3 else EDGES[::3]
    arrays = rounded([np.array(each) for each in zip(*itertools.product(edges, repeat=len(case.specs)))], dtype)
    ours, theirs, single = (attempt(run, m, case.fn, arrays, d) for m, d in
                            ((OURS, dtype), (TORCH, dtype), (TORCH, "float32")))  # fmt: skip
    if isinstance(theirs, Exception) or isinstance(single, Exception):
        return
    if isinstance(ours, Exception):
        raise ours
    for mine, other, right in zip(ours, theirs, single, strict=True):
        if other is not None:
            with np.errstate(all="ignore"):
                right = array(right.to(other.dtype)).astype(np.float64)
                mine, other = (array(x).astype(np.float64) for x in (mine, other))
            wrong = ~close(mine, other, UNITS[dtype]) & ~close(mine, right, UNITS[dtype])
            assert not wrong.any(), (mine[wrong], other[wrong], right[wrong])


def numbers_of(dtype):
    """Every number that a dtype of 16 bits has."""
    return np.arange(2**16, dtype=np.uint16).view(np.dtype(getattr(autograd, dtype)))


def same_numbers(numbers, dtype):
    """Converted to `dtype`, they are the same here and in torch, -0.0 too."""
    ours, theirs = (array(m.tensor(numbers).to(getattr(m, dtype))) for m in (OURS, TORCH))
    with np.errstate(all="ignore"):
        ours, theirs = ours.astype(np.float64), theirs.astype(np.float64)
    np.testing.assert_array_equal(ours, theirs, strict=True)
    np.testing.assert_array_equal(np.signbit(ours[ours == ours]), np.signbit(theirs[theirs == theirs]))


EVERY_DTYPE = ["bool", "uint8", "int8", "int16", "int32", "int64", "bfloat16", "float16", "float32", "float64"]


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
@pytest.mark.parametrize("narrow", UNITS)
def test_every_number_of_16_bits_becomes_what_it_becomes_in_torch(narrow, dtype):
    numbers = numbers_of(narrow)
    if "int" in dtype:  # what is beyond their range depends on the processor
        with np.errstate(all="ignore"):
            within = np.abs(numbers.astype(np.float64)) < (128 if dtype == "int8" else 2**15)
        numbers = numbers[within & ~np.signbit(numbers.astype("f4")) if dtype == "uint8" else within]
    same_numbers(numbers, dtype)


@pytest.mark.parametrize("dtype", EVERY_DTYPE)
@pytest.mark.parametrize("narrow", UNITS)
def test_numbers_are_rounded_to_16_bits_as_in_torch(narrow, dtype):
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        if "float" in dtype:
            numbers = rng.integers(0, 2**32, 100_000, dtype=np.uint32).view(np.float32).astype(np.float64)
            numbers = np.concatenate([numbers, EDGES, 1 + np.arange(9) * 2**-9])
        else:
            numbers = rng.integers(-(2**62), 2**62, 100_000) >> rng.integers(0, 62, 100_000)
        numbers = numbers.astype(np.dtype(getattr(autograd, dtype) if dtype != "bool" else bool))
    same_numbers(numbers, narrow)
