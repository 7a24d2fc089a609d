"""The steps for MyGrad: tensors that record what NumPy does with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .numpy_steps import UPDATES
from .rows import Task

Step = Callable[[], Any]


def trained(mg: Any, task: Task, loss_of: Callable[[list[Any]], Any]) -> Step:
    """The gradients by MyGrad, the update by hand."""
    weights = [mg.tensor(w.copy()) for w in task.weights.values()]
    update = UPDATES[task.options.optimizer]([w.data for w in weights])

    def step() -> Any:
        loss = loss_of(weights)
        loss.backward()
        update([w.grad for w in weights])
        for w in weights:
            w.null_grad()
        return loss.data

    return step


def mlp(mg: Any, task: Task) -> Step:
    x, y = task.inputs["x"], task.inputs["y"]

    def loss_of(weights: list[Any]) -> Any:
        h = x
        for i in range(0, len(weights) - 2, 2):
            h = mg.nnet.relu(mg.matmul(h, weights[i].T) + weights[i + 1])
        return mg.nnet.softmax_crossentropy(mg.matmul(h, weights[-2].T) + weights[-1], y)

    return trained(mg, task, loss_of)


def expression(mg: Any, task: Task) -> Step:
    x = mg.tensor(task.inputs["x"])

    def step() -> Any:
        x.null_grad()
        (mg.tanh(x) * mg.exp(-x * x) + mg.nnet.relu(x)).backward()
        return x.grad

    return step


def scalars(mg: Any, task: Task) -> Step:
    a, b, d = (mg.tensor(float(task.inputs[name])) for name in "abd")

    def step() -> Any:
        c = a
        for _ in range(task.options.repeats):
            c = mg.nnet.relu(c * b + a) - d
        c.backward()
        found = a.grad, b.grad, d.grad
        for each in (a, b, d):
            each.null_grad()
        return found

    return step


def names(mg: Any, task: Task) -> Step:
    x, y = task.inputs["x"], task.inputs["y"]

    def loss_of(weights: list[Any]) -> Any:
        table, w1, b1, w2, b2 = weights
        h = mg.tanh(mg.matmul(table[x].reshape(len(x), -1), w1.T) + b1)
        return mg.nnet.softmax_crossentropy(mg.matmul(h, w2.T) + b2, y)

    return trained(mg, task, loss_of)


def lenet(mg: Any, task: Task) -> Step:
    x, y = task.inputs["x"], task.inputs["y"]

    def loss_of(weights: list[Any]) -> Any:
        k1, c1, k2, c2, *linear = weights
        h = mg.nnet.relu(mg.nnet.conv_nd(x, k1, stride=1, padding=2) + c1.reshape(-1, 1, 1))
        h = mg.nnet.max_pool(h, (2, 2), 2)
        h = mg.nnet.max_pool(mg.nnet.relu(mg.nnet.conv_nd(h, k2, stride=1) + c2.reshape(-1, 1, 1)), (2, 2), 2)
        h = h.reshape(len(x), -1)
        for w, b in zip(linear[:-2:2], linear[1:-2:2], strict=True):
            h = mg.nnet.relu(mg.matmul(h, w.T) + b)
        return mg.nnet.softmax_crossentropy(mg.matmul(h, linear[-2].T) + linear[-1], y)

    return trained(mg, task, loss_of)
