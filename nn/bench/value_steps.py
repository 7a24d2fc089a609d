"""The steps on micrograd's Value, number by number: for micrograd, and for this engine's class of the same name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .rows import Task

Step = Callable[[], Any]


def scalars(api: Any, task: Task) -> Step:
    a, b, d = (api.Value(float(task.inputs[name])) for name in "abd")
    repeats = range(task.options.repeats)

    def step() -> Any:
        a.grad = b.grad = d.grad = 0
        c = a
        for _ in repeats:
            c = (c * b + a).relu() - d
        c.backward()
        return a.grad, b.grad, d.grad

    return step


def moons(api: Any, task: Task) -> Step:
    """micrograd's demo: a network with ReLU, a max-margin loss with a penalty on the weights, SGD on all points."""
    value, arrays = api.Value, list(task.weights.values())
    points, labels = task.inputs["x"].tolist(), task.inputs["y"].tolist()
    layers = [
        [([value(x) for x in row], value(b)) for row, b in zip(w.tolist(), bias.tolist(), strict=True)]
        for w, bias in zip(arrays[::2], arrays[1::2], strict=True)
    ]
    parameters = [p for layer in layers for row, b in layer for p in (*row, b)]

    def score(inputs: list[Any]) -> Any:
        for layer in layers:
            sums = [sum((w * x for w, x in zip(row, inputs, strict=True)), b) for row, b in layer]
            inputs = sums if layer is layers[-1] else [s.relu() for s in sums]
        return inputs[0]

    def step() -> Any:
        scores = [score([value(x) for x in point]) for point in points]
        losses = [(1 + -y * s).relu() for y, s in zip(labels, scores, strict=True)]
        total = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0
        total.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad
        return total.data

    return step
