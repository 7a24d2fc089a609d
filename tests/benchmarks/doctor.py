"""What the doctor costs: steps of three networks with it and without, in turns, in one process.

    python -m tests.benchmarks.doctor [mlp cnn gpt]

For each network and optimizer the median over all rounds of a step alone, in `with doctor(...)`, and in a program that
is watched as `chalkgrad doctor` does. The weights at the end must be the same, bit for bit.
"""

import sys
from contextlib import nullcontext
from statistics import median
from time import process_time

import numpy as np

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.doctor.trainings import Trainings
from nn.train import doctor

ROUNDS = 5
WAYS = {
    "alone": lambda net, optimizer: nullcontext(),
    "doctor": doctor,
    "program": lambda net, optimizer: nullcontext(),  # the optimizer was made in `Trainings`
}
draw = np.random.default_rng(0)


class MLP:
    """784-128-10 on random images, batches of 64."""

    steps, rate = 1000, 0.001

    def __init__(self):
        self.x = autograd.tensor(draw.random((6400, 784), np.float32) - 0.5)
        self.y = autograd.tensor(draw.integers(10, size=6400))

    def network(self):
        return nn.MLP(784, [128, 10])

    def batch(self, step):
        at = 64 * step % 6400
        return self.x[at : at + 64], self.y[at : at + 64]

    def loss(self, net, x, y):
        return F.cross_entropy(net(x), y)


class CNN(MLP):
    """LeNet-5 (LeCun et al., 1998) with ReLU and max pooling, on 28 x 28, batches of 64."""

    steps = 200

    def network(self):
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )  # fmt: skip

    def batch(self, step):
        x, y = super().batch(step)
        return x.view(64, 1, 28, 28), y


class Block(nn.Module):
    """Attention and two layers, each around a skip connection."""

    def __init__(self, width, heads):
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.out, self.heads = nn.Linear(width, 3 * width), nn.Linear(width, width), heads
        self.inner = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        n, t, width = x.shape
        q, k, v = (
            part.view(n, t, self.heads, -1).transpose(1, 2) for part in self.query(self.before(x)).chunk(3, dim=2)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(n, t, width))
        return x + self.inner(self.after(x))


class Network(nn.Module):
    def __init__(self, words, width, heads, blocks, longest):
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(longest, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, words)

    def forward(self, tokens):
        x = self.words(tokens) + self.places(autograd.arange(tokens.shape[1]))
        return self.head(self.norm(self.blocks(x)))


class GPT:
    """Two blocks, 128 wide, of 4 heads, on 64 tokens of 96 kinds, batches of 8."""

    steps, rate = 200, 0.001

    def __init__(self):
        self.tokens = autograd.tensor(draw.integers(96, size=(800, 65)))

    def network(self):
        return Network(96, 128, 4, 2, 64)

    def batch(self, step):
        rows = self.tokens[8 * step % 800 :][:8]
        return rows[:, :-1], rows[:, 1:]

    def loss(self, net, x, y):
        return F.cross_entropy(net(x).view(-1, 96), y.reshape(-1))


def run(task, kind, way):
    """The time of a step, and the weights at the end."""
    autograd.manual_seed(0)
    net = task.network()
    start = process_time()
    with Trainings(steps=task.steps + 1, minutes=60) if way == "program" else nullcontext():
        optimizer = kind(net.parameters(), lr=task.rate)
        with WAYS[way](net, optimizer):
            for step in range(task.steps):
                x, y = task.batch(step)
                optimizer.zero_grad()
                task.loss(net, x, y).backward()
                optimizer.step()
    return (process_time() - start) / task.steps, b"".join(p.numpy(force=True).tobytes() for p in net.parameters())


def main():
    chosen = [word.lower() for word in sys.argv[1:]]
    for make in MLP, CNN, GPT:
        if chosen and make.__name__.lower() not in chosen:
            continue
        task = make()
        for kind in optim.SGD, optim.Adam:
            times, weights = {way: [] for way in WAYS}, set()
            for _ in range(ROUNDS):
                for way, seconds in times.items():
                    second, bits = run(task, kind, way)
                    seconds.append(second)
                    weights.add(bits)
            assert len(weights) == 1, "the doctor has changed the weights"
            alone = median(times["alone"])
            told = (
                f"{way} {median(seconds) * 1e6:7.0f} µs ({median(seconds) / alone - 1:+6.1%})"
                for way, seconds in times.items()
            )
            print(f"{make.__name__} {kind.__name__:5s}", *told, sep="   ", flush=True)


if __name__ == "__main__":
    main()
