"""What the Trainer costs: the same training of 784-128-10 on MNIST, batch 64, by a bare loop and by the Trainer.

    python -m tests.benchmarks.trainer

Each trains an epoch, in turns, in one process, several times; the figure is the ratio of the medians. Images are read
from $CHALKGRAD_DATA or, without it, made of noise.
"""

import contextlib
import io
import os
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import Accuracy, Checkpoints, Trainer

ROUNDS, EPOCHS = 12, 1
STEPS = EPOCHS * -(-60000 // 64)


def images():
    """60,000 images as rows of 784 numbers, and their classes."""
    if "CHALKGRAD_DATA" in os.environ:
        mnist = datasets.MNIST()
        x, y = mnist.data.numpy().reshape(-1, 784).astype(np.float32) / 255, mnist.targets.numpy()
    else:
        draw = np.random.default_rng(0)
        x, y = draw.random((60000, 784), np.float32), draw.integers(10, size=60000)
    return TensorDataset(x, y)


def parts():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    return net, optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss()


def bare(net, optimizer, loss_function, loader):
    """The loop of every lesson."""
    net.train()
    for _ in range(EPOCHS):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()


def seconds(function, *args):
    """Of the processor: another program that runs beside does not count."""
    start = process_time()
    function(*args)
    return process_time() - start


def main():
    data = images()
    with TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        ways = {
            "Trainer": lambda: Trainer(),
            "Trainer, accuracy": lambda: Trainer(metrics=[Accuracy()]),
            "Trainer, accuracy, a checkpoint each epoch": lambda: Trainer(
                f"{folder}/{perf_counter()}", metrics=[Accuracy()], callbacks=[Checkpoints(seconds=0)]
            ),
        }
        runs = {name: (*parts(), DataLoader(data, 64, shuffle=True)) for name in ("bare loop", *ways)}
        times = {name: [] for name in runs}
        for turn in range(ROUNDS):
            for name in [*runs][turn % 4 :] + [*runs][: turn % 4]:
                net, optimizer, loss, loader = runs[name]
                if name == "bare loop":
                    times[name].append(seconds(bare, net, optimizer, loss, loader))
                else:
                    times[name].append(seconds(ways[name]().fit, net, loader, None, EPOCHS, optimizer, loss))
    base = median(times["bare loop"])
    for name, all in times.items():
        print(f"{name:45s} {median(all) / STEPS * 1e6:7.1f} µs a step   {median(all) / base:.3f}")


if __name__ == "__main__":
    main()
