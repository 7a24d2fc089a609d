"""micrograd's own demo, two moons on a 2-16-16-1 network scalar by scalar: its nn module on our Value and on its own.

    python -m tests.benchmarks.moons
"""

import gc
import random
from statistics import median
from time import perf_counter

import micrograd.engine
from sklearn.datasets import make_moons

import autograd
from tests.borrowed import micrograd_nn

VALUES = {"chalkgrad": autograd.Value, "micrograd": micrograd.engine.Value}


def demo(value, as_floats=False):
    """The demo's training step as a function that returns the loss; `as_floats`: the data as Python floats."""
    random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1, random_state=1)
    labels = labels * 2 - 1
    if as_floats:
        points, labels = points.tolist(), labels.tolist()
    model = micrograd_nn(value).MLP(2, [16, 16, 1])

    def loss():
        inputs = [list(map(value, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        return data_loss + 1e-4 * sum(p * p for p in model.parameters())

    def step(rate=0.1):
        total = loss()
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= rate * p.grad
        return total.data

    return step


def seconds(as_floats, collector, rounds=5, steps=2):
    """The median seconds of a step on each Value class, in turns.

    Each block starts with nothing to collect. With the `collector` on, it runs when it will and its time counts.
    """
    subjects = {name: demo(value, as_floats) for name, value in VALUES.items()}
    losses = [step() for step in subjects.values()]
    assert abs(losses[0] - losses[1]) < 1e-9
    times = {name: [] for name in subjects}
    gc.collect()
    gc.freeze()
    for i in range(rounds):
        for name in list(subjects)[:: 1 if i % 2 else -1]:
            gc.collect()
            if not collector:
                gc.disable()
            start = perf_counter()
            for _ in range(steps):
                subjects[name]()
            times[name].append((perf_counter() - start) / steps)
            gc.enable()
    gc.unfreeze()
    return {name: median(values) for name, values in times.items()}


SETTINGS = {
    "as in its notebook (the data NumPy scalars)": (False, True),
    "the same, garbage collector off": (False, False),
    "the data Python floats": (True, True),
    "the same, garbage collector off ": (True, False),
}


def report(rounds=5):
    """Seconds per step on both, by setting."""
    return {name: seconds(*setting, rounds=rounds) for name, setting in SETTINGS.items()}


if __name__ == "__main__":
    for setting, times in report().items():
        ours, theirs = times.values()
        print(f"{setting:45} {ours * 1e3:6.0f} ms, micrograd {theirs * 1e3:6.0f} ms, ratio {ours / theirs:.2f}")
