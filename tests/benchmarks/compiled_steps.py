"""Training steps as they are, compiled, and PyTorch's, in turns.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.compiled_steps

In processor time, medians of nine rounds; large steps without the blocks of `autograd/compiler/block_runs.py`, too. The
last row is no step: tanh(x) exp(-x²) + relu(x) of 2^20 numbers, forward and backward.
"""

import time
from itertools import pairwise

import numpy as np
import torch

import autograd
import nn
from autograd.compiler import block_runs

ROWS = [
    ((2, 16, 16, 2), 100, "SGD"),
    ((784, 128, 10), 64, "Adam"),
    ((784, 128, 64, 10), 64, "SGD"),
    ((784, 256, 128, 10), 128, "Adam"),
    ((3072, 512, 256, 10), 128, "Adam"),
    ((784, 1024, 1024, 10), 512, "Adam"),
]


def ours(sizes, optimizer):
    net, loss_function = nn.MLP(sizes[0], list(sizes[1:])), nn.CrossEntropyLoss()
    optimizer = getattr(nn.optim, optimizer)(net.parameters(), lr=1e-3)

    def step(x, y):
        optimizer.zero_grad()
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def theirs(sizes, optimizer):
    layers = [layer for a, b in pairwise(sizes) for layer in (torch.nn.Linear(a, b), torch.nn.ReLU())][:-1]
    net, loss_function = torch.nn.Sequential(*layers), torch.nn.CrossEntropyLoss()
    optimizer = getattr(torch.optim, optimizer)(net.parameters(), lr=1e-3)

    def step(x, y):
        optimizer.zero_grad()
        loss = loss_function(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def medians(functions):
    """Microseconds of each, by name."""
    for function in functions.values():
        for _ in range(30):
            function()
    begin = time.process_time()
    functions["eager"]()
    number = max(2, int(0.05 / max(1e-5, time.process_time() - begin)))
    found = {name: [] for name in functions}
    for _ in range(9):
        for name, function in functions.items():
            begin = time.process_time()
            for _ in range(number):
                function()
            found[name].append((time.process_time() - begin) / number * 1e6)
    return {name: float(np.median(times)) for name, times in found.items()}


def tell(what, times):
    ratios = ", ".join(f"{name} {t:,.0f} µs ({t / times['torch']:.2f})" for name, t in times.items())
    print(f"{what}: {ratios}", flush=True)


def curve(m, x):
    out = m.tanh(x) * m.exp(-x * x) + m.relu(x)
    x.grad = None
    out.sum().backward()


def without_blocks(function, *args):
    """The function, compiled while nothing is taken in blocks."""
    before, block_runs.LARGE = block_runs.LARGE, 1 << 40
    for _ in range(4):
        function(*args)
    block_runs.LARGE = before
    return lambda: function(*args)


def main():
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    for sizes, batch, optimizer in ROWS:
        x, y = rng.standard_normal((batch, sizes[0])).astype(np.float32), rng.integers(0, sizes[-1], batch)
        mine, other = [autograd.tensor(x), autograd.tensor(y)], [torch.tensor(x), torch.tensor(y)]
        eager, compiled = ours(sizes, optimizer), autograd.compile(ours(sizes, optimizer), backend="numpy")
        step = theirs(sizes, optimizer)
        functions = {
            "torch": lambda step=step, other=other: step(*other),
            "eager": lambda eager=eager, mine=mine: eager(*mine),
            "compiled": lambda compiled=compiled, mine=mine: compiled(*mine),
        }
        if sizes[0] * sizes[1] >= block_runs.LARGE:
            whole = autograd.compile(ours(sizes, optimizer), backend="numpy")
            functions["compiled, without blocks"] = without_blocks(whole, *mine)
        tell(f"{'-'.join(map(str, sizes))}, batch {batch}, {optimizer}", medians(functions))
    x = rng.standard_normal(1 << 20).astype(np.float32)
    mine, other = autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    compiled = autograd.compile(lambda x: curve(autograd, x), backend="numpy")
    functions = {
        "torch": lambda: curve(torch, other),
        "eager": lambda: curve(autograd, mine),
        "compiled": lambda: compiled(mine),
    }
    tell("tanh(x) exp(-x²) + relu(x), 2^20 numbers", medians(functions))


if __name__ == "__main__":
    main()
