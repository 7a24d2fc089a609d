"""What the doctor costs: steps of 784-128-10 on random images, batch 64, with it and without, in turns.

    python -m tests.benchmarks.doctor
"""

from statistics import median
from time import process_time

import numpy as np

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

STEPS, ROUNDS = 1000, 7


def main():
    draw = np.random.default_rng(0)
    x, y = draw.random((6400, 784), np.float32) - 0.5, draw.integers(10, size=6400)
    times = {}
    for _ in range(ROUNDS):
        for kind in optim.SGD, optim.Adam:
            for watched in False, True:
                autograd.manual_seed(0)
                net = nn.MLP(784, [128, 10])
                optimizer = kind(net.parameters(), lr=0.001)
                loader, loss_function = DataLoader(TensorDataset(x, y), 64, shuffle=True), nn.CrossEntropyLoss()
                start = process_time()
                if watched:
                    with doctor(net, optimizer):
                        train(net, optimizer, loader, loss_function)
                else:
                    train(net, optimizer, loader, loss_function)
                times.setdefault((kind.__name__, watched), []).append((process_time() - start) / STEPS)
    for (kind, watched), seconds in times.items():
        ratio = median(seconds) / median(times[kind, False])
        how = "with the doctor" if watched else "alone"
        print(f"{kind:5s} {how:16s} {median(seconds) * 1e6:6.0f} µs   {ratio:.3f}")


def train(net, optimizer, loader, loss_function):
    for _ in range(STEPS // len(loader)):
        for images, labels in loader:
            optimizer.zero_grad()
            loss = loss_function(net(images), labels)
            loss.backward()
            optimizer.step()


if __name__ == "__main__":
    main()
