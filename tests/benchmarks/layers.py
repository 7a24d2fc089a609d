"""Layers beside PyTorch, forward and with backward: in turns, on one thread, in processor time.

    python -m tests.benchmarks.layers                # all
    python -m tests.benchmarks.layers LayerNorm GPT  # those whose name contains one of the words
    python -m tests.benchmarks.layers --calls        # NumPy's calls that were exchanged for quicker ones
"""

import sys
from statistics import median
from time import process_time

import numpy as np

import autograd
import nn
from nn import functional as F

SMALL, MIDDLE, LARGE, IMAGES = (32, 64), (64, 128), (8, 128, 128), (64, 32, 14, 14)
ROWS = SMALL, MIDDLE, LARGE


class Block:
    """The parts of a block of a GPT in one library: `n` is its nn, `f` the functions."""

    def __init__(self, n, f, width=128, heads=4):
        self.f, self.heads = f, heads
        self.net = n.ModuleList([
            n.LayerNorm(width), n.Linear(width, 3 * width), n.Linear(width, width),
            n.LayerNorm(width), n.Linear(width, 4 * width), n.Linear(4 * width, width),
        ])  # fmt: skip

    def __call__(self, x):
        first, qkv, out, second, up, down = self.net
        batch, length, width = x.shape
        parts = [
            p.reshape(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for p in qkv(first(x)).split(width, 2)
        ]
        seen = self.f.scaled_dot_product_attention(*parts, is_causal=True)
        x = x + out(seen.transpose(1, 2).reshape(batch, length, width))
        return x + down(self.f.gelu(up(second(x))))


class Residual:
    """A block of a ResNet in one library: two convolutions, each with its norm, and a way around both."""

    def __init__(self, n, f, channels=32):
        self.f = f
        self.net = n.ModuleList([
            n.Conv2d(channels, channels, 3, padding=1, bias=False), n.BatchNorm2d(channels),
            n.Conv2d(channels, channels, 3, padding=1, bias=False), n.BatchNorm2d(channels),
        ])  # fmt: skip

    def __call__(self, x):
        a, first, b, second = self.net
        return self.f.relu(x + second(b(self.f.relu(first(a(x))))))


def _layer(make):
    """A layer on the shape of its input: `make(n, shape)`."""

    def made(m, n, f, shape):
        net = make(n, shape)
        return net, net

    return made


def _function(run):
    """A function on the shape of its input: `run(m, f, x)`."""
    return lambda m, n, f, shape: (None, lambda x: run(m, f, x))


def _block(kind):
    def made(m, n, f, shape):
        block = kind(n, f)
        return block.net, block

    return made


def _cross_entropy(m, n, f, shape):
    target = m.tensor(np.random.default_rng(1).integers(0, shape[1], shape[0]))
    return None, lambda x: f.cross_entropy(x, target)


def _embedding(m, n, f, shape):
    """As many vectors as there are characters, or syllables, of the width of a GPT; or letters in a batch of names."""
    rows, ids, width = {LARGE: (65, (8, 128), 128), MIDDLE: (1000, (64, 16), 128), SMALL: (27, (32, 3), 10)}[shape]
    net, ids = n.Embedding(rows, width), m.tensor(np.random.default_rng(1).integers(0, rows, ids))
    return net, lambda x: net(ids)


def _attention(m, f, x):
    heads = x.reshape(x.shape[0], x.shape[1], 4, -1).transpose(1, 2)
    return f.scaled_dot_product_attention(heads, heads, heads, is_causal=True)


CASES = {
    "LayerNorm": (_layer(lambda n, shape: n.LayerNorm(shape[-1])), ROWS),
    "RMSNorm": (_layer(lambda n, shape: n.RMSNorm(shape[-1])), ROWS),
    "BatchNorm1d": (_layer(lambda n, shape: n.BatchNorm1d(shape[1])), (SMALL, MIDDLE)),
    "BatchNorm2d": (_layer(lambda n, shape: n.BatchNorm2d(shape[1])), (IMAGES,)),
    "GroupNorm": (_layer(lambda n, shape: n.GroupNorm(4, shape[1])), (IMAGES,)),
    "GELU": (_function(lambda m, f, x: f.gelu(x)), ROWS),
    "GELU, tanh": (_function(lambda m, f, x: f.gelu(x, approximate="tanh")), ROWS),
    "softmax": (_function(lambda m, f, x: f.softmax(x, -1)), ROWS),
    "log_softmax": (_function(lambda m, f, x: f.log_softmax(x, -1)), ROWS),
    "cross_entropy": (_cross_entropy, (SMALL, MIDDLE)),
    "attention, causal": (_function(_attention), (LARGE,)),
    "embedding of 27 letters": (_embedding, (SMALL,)),
    "embedding of 1,000 words": (_embedding, (MIDDLE,)),
    "embedding of 65 characters": (_embedding, (LARGE,)),
    "GPT block": (_block(Block), (LARGE,)),
    "ResNet block": (_block(Residual), (IMAGES,)),
}  # fmt: skip
CASES = {f"{name} {shape}": (made, shape) for name, (made, shapes) in CASES.items() for shape in shapes}


def subjects(name, m, n, f):
    """Forward with a graph, and forward and backward, of a case in one library; and what has parameters."""
    made, shape = CASES[name]
    net, run = made(m, n, f, shape)
    x = m.tensor(np.random.default_rng(0).standard_normal(shape, dtype=np.float32), requires_grad=True)
    g = m.tensor(np.random.default_rng(2).standard_normal(tuple(run(x).shape), dtype=np.float32))
    leaves = [x, *(net.parameters() if net is not None else [])]

    def both():
        for leaf in leaves:
            leaf.grad = None
        run(x).backward(g)

    return lambda: run(x), both, net


def ours_and_theirs(name):
    """Functions without arguments that compute the same in both libraries."""
    import torch

    *ours, net = subjects(name, autograd, nn, F)
    *theirs, twin = subjects(name, torch, torch.nn, torch.nn.functional)
    if net is not None:
        net.load_state_dict(twin.state_dict())
    np.testing.assert_allclose(ours[0]().detach().numpy(), theirs[0]().detach().numpy(), rtol=1e-3, atol=1e-4)
    return dict(zip(("forward", "both"), zip(ours, theirs, strict=True), strict=True))


def side_by_side(*runs, rounds, seconds=2e-3):
    """The median processor time of one call of each, in turns, in blocks of about so many seconds."""
    loops, times = [], [[] for _ in runs]
    for run in runs:
        run()
        start = process_time()
        run()
        loops.append(max(1, round(seconds / max(process_time() - start, 1e-6))))
    for i in range(rounds):
        for k in range(len(runs))[:: 1 if i % 2 else -1]:
            start = process_time()
            for _ in range(loops[k]):
                runs[k]()
            times[k].append((process_time() - start) / loops[k])
    return [median(taken) for taken in times]


def steps():
    """Every case forward and backward, here alone, for `revisions`."""
    return {f"{name}, forward and backward": subjects(name, autograd, nn, F)[1] for name in CASES}


def report(words=(), rounds=40):
    """Lines of Markdown, one at a time."""
    yield "layer | forward, µs | PyTorch | ratio | forward + backward, µs | PyTorch | ratio"
    yield "--- | ---: | ---: | ---: | ---: | ---: | ---:"
    for name in CASES:
        if words and not any(word in name for word in words):
            continue
        cells = [name]
        for pair in ours_and_theirs(name).values():
            ours, theirs = side_by_side(*pair, rounds=rounds)
            cells += [f"{ours * 1e6:,.0f}", f"{theirs * 1e6:,.0f}", f"{ours / theirs:.2f}"]
        yield " | ".join(cells)


def calls(rounds=40):
    """Lines of Markdown: a call of NumPy's beside the one that took its place, on 1,024 rows of 128."""
    x = np.random.default_rng(0).standard_normal((1024, 128), dtype=np.float32)
    ones, mask, starts = np.ones(128, np.float32), np.tri(1024, 128, dtype=bool), np.arange(0, x.size, 128)
    added = np.where(mask, np.float32(0), np.float32(-np.inf))
    pairs = {
        "the sum of each row": (lambda: np.add.reduce(x, 1), lambda: x @ ones),
        "the sum of squares of each row": (lambda: np.add.reduce(x * x, 1), lambda: np.vecdot(x, x)),
        "the largest of each row": (lambda: np.maximum.reduce(x, 1), lambda: x.reshape(-1)[x.argmax(1) + starts]),
        "the larger of x and 0": (lambda: np.maximum(x, 0), lambda: x.clip(0, np.inf)),
        "x, or -inf where a mask is False": (lambda: np.where(mask, x, -np.inf), lambda: x + added),
        "exp; tanh": (lambda: np.exp(x), lambda: np.tanh(x)),
        "a product with as many numbers; with one for each row": (lambda: x * x, lambda: x * x[:, :1]),
    }
    yield "what | before, µs | now, µs"
    yield "--- | ---: | ---:"
    for name, pair in pairs.items():
        yield " | ".join([name, *(f"{seconds * 1e6:.0f}" for seconds in side_by_side(*pair, rounds=rounds))])


if __name__ == "__main__":
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    with threadpool_limits(1):
        for line in calls() if "--calls" in sys.argv else report(sys.argv[1:]):
            print(line, flush=True)
