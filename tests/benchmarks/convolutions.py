"""Steps of convolutional networks beside PyTorch, in turns: on one thread in processor time, on two by the clock.

python -m tests.benchmarks.convolutions
python -m tests.benchmarks.convolutions --rounds 15 --only LeNet
"""

import argparse
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn as torch_nn
from torch import optim as torch_optim

import autograd
import nn
from nn import optim

LENET = (64, 1, 28, 28)


def lenet(m):
    """Two convolutions, each with a pooling of 2x2, and three linear layers."""
    return m.Sequential(
        m.Conv2d(1, 6, 5, padding=2), m.ReLU(), m.MaxPool2d(2), m.Conv2d(6, 16, 5), m.ReLU(), m.MaxPool2d(2),
        m.Flatten(), m.Linear(400, 120), m.ReLU(), m.Linear(120, 84), m.ReLU(), m.Linear(84, 10),
    )  # fmt: skip


def residual_block(m):
    """x plus two convolutions of 3x3, each with a BatchNorm, over 64 channels."""

    class Block(m.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = m.Conv2d(64, 64, 3, padding=1, bias=False), m.BatchNorm2d(64)
            self.conv2, self.bn2 = m.Conv2d(64, 64, 3, padding=1, bias=False), m.BatchNorm2d(64)
            self.relu = m.ReLU()

        def forward(self, x):
            out = self.relu(self.bn1(self.conv1(x)))
            return self.relu(self.bn2(self.conv2(out)) + x)

    return Block()


# what it is called: how it is made of `torch.nn` or of `nn`, the shape of its input
LAYERS = {
    "ResNet block, 64 channels, 32x16x16": (residual_block, (32, 64, 16, 16)),
    "Conv2d 1 to 6, 5x5, 64x28x28": (lambda m: m.Conv2d(1, 6, 5, padding=2), (64, 1, 28, 28)),
    "Conv2d 6 to 16, 5x5, 64x14x14": (lambda m: m.Conv2d(6, 16, 5), (64, 6, 14, 14)),
    "Conv2d 16 to 32, 5x5, 64x14x14": (lambda m: m.Conv2d(16, 32, 5, padding=2), (64, 16, 14, 14)),
    "Conv2d 3 to 16, 3x3, 64x32x32": (lambda m: m.Conv2d(3, 16, 3, padding=1), (64, 3, 32, 32)),
    "Conv2d 64 to 64, 3x3, 32x16x16": (lambda m: m.Conv2d(64, 64, 3, padding=1), (32, 64, 16, 16)),
    "Conv2d 64 to 64, 1x1, 32x16x16": (lambda m: m.Conv2d(64, 64, 1), (32, 64, 16, 16)),
    "Conv2d 32 to 64, 3x3, stride 2, 32x16x16": (lambda m: m.Conv2d(32, 64, 3, 2, 1), (32, 32, 16, 16)),
    "Conv2d 64, 3x3, depthwise, 32x16x16": (lambda m: m.Conv2d(64, 64, 3, padding=1, groups=64), (32, 64, 16, 16)),
    "Conv1d 32 to 64, 5, 32x128": (lambda m: m.Conv1d(32, 64, 5, padding=2), (32, 32, 128)),
    "ConvTranspose2d 32 to 16, 4x4, stride 2, 32x8x8": (lambda m: m.ConvTranspose2d(32, 16, 4, 2, 1), (32, 32, 8, 8)),
    "MaxPool2d 2x2, 64x16x28x28": (lambda m: m.MaxPool2d(2), (64, 16, 28, 28)),
    "AvgPool2d 2x2, 64x16x28x28": (lambda m: m.AvgPool2d(2), (64, 16, 28, 28)),
    "MaxPool2d 3x3, stride 2, 64x16x28x28": (lambda m: m.MaxPool2d(3, 2, 1), (64, 16, 28, 28)),
}


def training_steps():
    """A step of LeNet on 28x28, batch 64, with SGD: here and in PyTorch."""
    theirs, ours = lenet(torch_nn), lenet(nn)
    ours.load_state_dict(theirs.state_dict())
    rng = np.random.default_rng(0)
    images, labels = rng.standard_normal(LENET, dtype=np.float32), rng.integers(0, 10, LENET[0])
    for m, layers, optimizers, net in ((autograd, nn, optim, ours), (torch, torch_nn, torch_optim, theirs)):
        optimizer, loss = optimizers.SGD(net.parameters(), lr=0.01), layers.CrossEntropyLoss()
        x, y = m.tensor(images), m.tensor(labels)

        def step(optimizer=optimizer, loss=loss, net=net, x=x, y=y):
            optimizer.zero_grad()
            loss(net(x), y).backward()
            optimizer.step()

        yield step


def calls(title):
    """Forward, and forward and backward to parameters and input, of a layer and of its twin."""
    make, shape = LAYERS[title]
    theirs, ours = make(torch_nn), make(nn)
    ours.load_state_dict(theirs.state_dict())
    rng = np.random.default_rng(0)
    images = rng.standard_normal(shape, dtype=np.float32)
    seed = rng.standard_normal(ours(autograd.tensor(images)).shape, dtype=np.float32)
    for which, m, net in (("ours", autograd, ours), ("theirs", torch, theirs)):
        x, g = m.tensor(images, requires_grad=True), m.tensor(seed)

        def forward(net=net, x=x):
            return net(x)

        def both(net=net, x=x, g=g):
            x.grad = None
            net.zero_grad()
            net(x).backward(g)

        yield f"{which} forward", forward
        yield f"{which} both", both


def side_by_side(runs, rounds, clock):
    """The median time of one call of each, in turns."""
    times = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            start = clock()
            run()
            times[name].append(clock() - start)
    return {name: median(taken) for name, taken in times.items()}


def on_threads(threads, titles, rounds):
    """Lines of Markdown: the milliseconds of every subject, and their ratios."""
    clock = process_time if threads == 1 else perf_counter
    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        for title in titles:
            if title.startswith("LeNet"):
                ours, theirs = side_by_side(dict(zip(("ours", "theirs"), training_steps())), rounds, clock).values()
                yield f"{title} | | | | {ours * 1e3:.2f} | {theirs * 1e3:.2f} | {ours / theirs:.2f}"
                continue
            times = side_by_side(dict(calls(title)), rounds, clock)
            cells = [title]
            for phase in ("forward", "both"):
                ours, theirs = (times[f"{which} {phase}"] for which in ("ours", "theirs"))
                cells += [f"{ours * 1e3:.2f}", f"{theirs * 1e3:.2f}", f"{ours / theirs:.2f}"]
            yield " | ".join(cells)


def report(rounds=31, only="", threads=(1, 2)):
    """Lines of Markdown: a table for each number of threads."""
    titles = [title for title in ("LeNet step, 64x28x28, SGD", *LAYERS) if only in title]
    for n in threads:
        yield (
            f"{n} thread{'s' * (n > 1)} | forward, ms | PyTorch | ratio | forward + backward, ms | PyTorch | ratio\n"
            "--- | ---: | ---: | ---: | ---: | ---: | ---:"
        )
        yield from on_threads(n, titles, rounds)
        yield ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--only", default="", help="a part of the names of what is timed")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    for line in report(given.rounds, given.only, given.threads):
        print(line, flush=True)
