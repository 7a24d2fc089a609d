"""Which memory the results of a program lie in: never two at a time in one place, and no more than it takes."""

import re
from time import process_time

import numpy as np
import pytest

import autograd
import nn
from autograd.compiler.buffers import ALIGNMENT, divided
from autograd.compiler.program import Slot


def slots(sizes):
    return [Slot(i, (n,), np.dtype(np.uint8)) for i, n in enumerate(sizes)]


def random_lives(count, longest=40, seed=0):
    """Slots of random sizes, and from when until when each lives."""
    rng = np.random.default_rng(seed)
    begins, lengths = rng.integers(0, count, count), rng.integers(0, longest, count)
    made = slots(2 ** rng.integers(4, 16, count))
    return {slot: (int(b), int(b + n)) for slot, b, n in zip(made, begins, lengths, strict=True)}


def size(slot):
    return slot.shape[0]


@pytest.mark.parametrize("count", [1, 50, 1500])
def test_no_two_slots_that_live_at_a_time_share_a_byte(count):
    lives = random_lives(count, seed=count)
    offsets, nbytes = divided(lives, size)
    assert offsets.keys() == lives.keys()
    everything = list(lives)
    for i, a in enumerate(everything):
        assert offsets[a] % ALIGNMENT == 0
        assert offsets[a] + size(a) <= nbytes
        for b in everything[:i]:
            apart = offsets[a] + size(a) <= offsets[b] or offsets[b] + size(b) <= offsets[a]
            assert apart or lives[a][1] < lives[b][0] or lives[b][1] < lives[a][0]


def test_a_large_place_that_is_free_takes_several_smaller_slots():
    large, one, other = slots([1024, 512, 512])
    offsets, nbytes = divided({large: (0, 1), one: (2, 4), other: (3, 4)}, size)
    assert nbytes == 1024
    assert {offsets[one], offsets[other]} == {0, 512}


def test_the_time_to_plan_grows_as_the_program_does():
    def seconds(count):
        start = process_time()
        divided(random_lives(count, longest=count), size)
        return process_time() - start

    seconds(10)
    assert seconds(64_000) < 40 * max(seconds(4_000), 0.02)


@pytest.fixture(scope="module")
def compiled():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = nn.optim.Adam(net.parameters())
    x, y = autograd.randn(64, 512), autograd.randint(0, 10, (64,))

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    fast = autograd.compile(step, backend="numpy", fullgraph=True)
    for _ in range(5):
        fast()
    return fast


def test_the_state_of_an_optimizer_is_computed_where_it_stands(compiled):
    """The loss that is given out is a view of the last result; what comes before it may be written all the same."""
    assert not re.search(r"^ *v\d+\[\.\.\.\] = ", compiled.source, re.MULTILINE)


def test_large_results_are_let_go_when_nobody_reads_them_any_more():
    @autograd.compile(backend="numpy", fullgraph=True)
    def f(x):
        return (nn.functional.softmax(x, 1) * 2).sum()

    x = autograd.randn(256, 256)
    for _ in range(4):
        f(x)
    lines = f.source.splitlines()
    at = next(i for i, line in enumerate(lines) if "softmax" in line)
    assert any(line.strip().startswith(f"del {lines[at].split()[0]}") for line in lines[at:])
