"""The steps for HIPS autograd: a loss is a function of the weights, written in its NumPy."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy

from .numpy_steps import UPDATES
from .rows import Task

Step = Callable[[], Any]


def trained(task: Task, loss_of: Callable[[list[Any]], Any]) -> Step:
    """The value and the gradient of the loss by HIPS autograd, the update by hand."""
    weights = [w.copy() for w in task.weights.values()]
    update = UPDATES[task.options.optimizer](weights)
    value_and_grad = import_module("autograd").value_and_grad(loss_of)

    def step() -> Any:
        loss, gradients = value_and_grad(weights)
        update(gradients)
        return loss

    return step


def cross_entropy(np: Any, z: Any, y: Any) -> Any:
    z = z - np.max(z, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[numpy.arange(len(y)), y])


def network(np: Any, task: Task, activation: Any) -> Callable[[list[Any]], Any]:
    x, y = task.inputs["x"], task.inputs["y"]

    def loss_of(weights: list[Any]) -> Any:
        h = x
        for i in range(0, len(weights) - 2, 2):
            h = activation(np.dot(h, weights[i].T) + weights[i + 1])
        return cross_entropy(np, np.dot(h, weights[-2].T) + weights[-1], y)

    return loss_of


def mlp(np: Any, task: Task) -> Step:
    return trained(task, network(np, task, lambda h: np.maximum(h, numpy.float32(0))))


def expression(np: Any, task: Task) -> Step:
    x, one = task.inputs["x"], numpy.ones_like(task.inputs["x"])
    make_vjp = import_module("autograd").make_vjp(
        lambda x: np.tanh(x) * np.exp(-x * x) + np.maximum(x, numpy.float32(0))
    )

    def step() -> Any:
        back, _ = make_vjp(x)
        return back(one)

    return step


def hvp(np: Any, task: Task) -> Step:
    """The derivative of gradient · vector."""
    weights, vector = list(task.weights.values()), [task.inputs[name] for name in task.weights]
    grad = import_module("autograd").grad
    gradient = grad(network(np, task, np.tanh))
    product = grad(lambda weights: sum(np.sum(g * v) for g, v in zip(gradient(weights), vector, strict=True)))
    return lambda: product(weights)


def scalars(np: Any, task: Task) -> Step:
    start = [float(task.inputs[name]) for name in "abd"]

    def chain(values: list[Any]) -> Any:
        a, b, d = values
        c = a
        for _ in range(task.options.repeats):
            c = np.maximum(c * b + a, 0.0) - d
        return c

    gradient = import_module("autograd").grad(chain)
    return lambda: gradient(start)


def names(np: Any, task: Task) -> Step:
    x, y = task.inputs["x"], task.inputs["y"]

    def loss_of(weights: list[Any]) -> Any:
        table, w1, b1, w2, b2 = weights
        h = np.tanh(np.dot(np.reshape(table[x], (len(x), -1)), w1.T) + b1)
        return cross_entropy(np, np.dot(h, w2.T) + b2, y)

    return trained(task, loss_of)
