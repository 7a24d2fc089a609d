"""One training step of a 784-128-10 network, batch of 64, by SGD: here, in PyTorch, and by hand in NumPy."""

import numpy as np
import pytest
import torch

import autograd
import nn
from nn import optim

BATCH, INPUTS, HIDDEN, CLASSES, LR = 64, 784, 128, 10, 0.01


def batch():
    rng = np.random.default_rng(0)
    return rng.random((BATCH, INPUTS), dtype=np.float32), rng.integers(CLASSES, size=BATCH)


def library_step(m, nn, optim):
    """The same lines for both libraries."""
    x, y = map(m.tensor, batch())
    net = nn.Sequential(nn.Linear(INPUTS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES))
    loss_function = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=LR)

    def step():
        loss = loss_function(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def numpy_step():
    """What the network computes, its derivatives worked out on paper."""
    x, y = batch()
    rng = np.random.default_rng(1)
    w1 = rng.uniform(-1, 1, (HIDDEN, INPUTS)).astype(np.float32) / np.float32(INPUTS**0.5)
    w2 = rng.uniform(-1, 1, (CLASSES, HIDDEN)).astype(np.float32) / np.float32(HIDDEN**0.5)
    b1, b2 = np.zeros(HIDDEN, np.float32), np.zeros(CLASSES, np.float32)
    rows = np.arange(BATCH)

    def step():
        h = x @ w1.T + b1
        a = np.maximum(h, 0)
        z = a @ w2.T + b2
        z -= z.max(1, keepdims=True)
        p = np.exp(z)
        total = p.sum(1, keepdims=True)
        loss = (np.log(total[:, 0]) - z[rows, y]).mean()
        p /= total
        p[rows, y] -= 1
        p /= BATCH
        da = p @ w2
        da *= a > 0
        dw2, db2, dw1, db1 = p.T @ a, p.sum(0), da.T @ x, da.sum(0)
        for w, dw in ((w1, dw1), (b1, db1), (w2, dw2), (b2, db2)):
            w -= LR * dw
        return float(loss)

    return step


STEPS = {
    "chalkgrad": lambda: library_step(autograd, nn, optim),
    "torch": lambda: library_step(torch, torch.nn, torch.optim),
    "numpy by hand": numpy_step,
}


@pytest.mark.benchmark(group="training step 784-128-10, batch 64, SGD")
@pytest.mark.parametrize("library", STEPS)
def test_training_step(benchmark, library):
    step = STEPS[library]()
    first = step()
    benchmark.pedantic(step, rounds=300, iterations=5, warmup_rounds=20)
    assert step() < first
