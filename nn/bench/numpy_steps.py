"""The steps worked out on paper, in NumPy alone: what an engine could cost at best if its user knew calculus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .rows import RATES, Array, Task

Step = Callable[[], Any]


def sgd(weights: Sequence[Array]) -> Callable[[Sequence[Array]], None]:
    def update(gradients: Sequence[Array]) -> None:
        for w, g in zip(weights, gradients, strict=True):
            w -= RATES["SGD"] * g

    return update


def adam(weights: Sequence[Array]) -> Callable[[Sequence[Array]], None]:
    """m ← β₁ m + (1-β₁) g, v ← β₂ v + (1-β₂) g², w ← w - lr m̂ / (√v̂ + ε): Kingma and Ba, 2014."""
    lr, beta1, beta2, eps, t = RATES["Adam"], 0.9, 0.999, 1e-8, 0
    first, second = ([np.zeros_like(w) for w in weights] for _ in range(2))

    def update(gradients: Sequence[Array]) -> None:
        nonlocal t
        t += 1
        rate, root = lr / (1 - beta1**t), (1 - beta2**t) ** 0.5
        for w, g, m, v in zip(weights, gradients, first, second, strict=True):
            m *= beta1
            m += (1 - beta1) * g
            v *= beta2
            v += (1 - beta2) * (g * g)
            w -= rate * m / (np.sqrt(v) / root + eps)

    return update


UPDATES = {"SGD": sgd, "Adam": adam}


def cross_entropy(z: Array, y: Array) -> tuple[Any, Array]:
    """The mean loss of logits z (N, C) and labels y (N), and its gradient (softmax(z) - y) / N."""
    rows = np.arange(len(z))
    z = z - z.max(1, keepdims=True)
    p = np.exp(z)
    total = p.sum(1, keepdims=True)
    loss = (np.log(total[:, 0]) - z[rows, y]).mean()
    p /= total
    p[rows, y] -= 1
    p /= len(z)
    return loss, p


def trained(task: Task, gradients: Callable[[Sequence[Array]], tuple[Any, Sequence[Array]]]) -> Step:
    """A step that takes the loss and the gradients of the weights, and updates these."""
    weights = [w.copy() for w in task.weights.values()]
    update = UPDATES[task.options.optimizer](weights)

    def step() -> Any:
        loss, found = gradients(weights)
        update(found)
        return loss

    return step


def mlp(api: Any, task: Task) -> Step:
    x, y = task.inputs["x"], task.inputs["y"]
    return trained(task, lambda weights: mlp_gradients(weights, x, y))


def mlp_gradients(weights: Sequence[Array], x: Array, y: Array) -> tuple[Any, Sequence[Array]]:
    """The loss of linear layers with ReLU between them, and its gradients in the weights' order."""
    matrices, biases = weights[::2], weights[1::2]
    inputs = [x]
    for w, b in zip(matrices[:-1], biases[:-1], strict=True):
        inputs.append(np.maximum(inputs[-1] @ w.T + b, 0))
    loss, g = cross_entropy(inputs[-1] @ matrices[-1].T + biases[-1], y)
    found = []
    for h, w in zip(inputs[::-1], matrices[::-1], strict=True):
        found += [g.sum(0), g.T @ h]
        if h is not x:
            g = (g @ w) * (h > 0)
    return loss, found[::-1]


def expression(api: Any, task: Task) -> Step:
    """y = t e + relu(x) with t = tanh x, e = exp(-x²); dy/dx = (1 - t²) e - 2 x t e + [x > 0]."""
    x = task.inputs["x"]

    def step() -> Any:
        t, e = np.tanh(x), np.exp(-x * x)
        t * e + np.maximum(x, 0)
        return (1 - t * t) * e - 2 * x * t * e + (x > 0)

    return step


def hvp(api: Any, task: Task) -> Step:
    """Pearlmutter's R-operator (1994): differentiate the forward and the backward pass along the vector."""
    w1, b1, w2, b2 = task.weights.values()
    v1, c1, v2, c2 = (task.inputs[name] for name in task.weights)
    x, y = task.inputs["x"], task.inputs["y"]

    def step() -> Any:
        h = np.tanh(x @ w1.T + b1)
        _, dz = cross_entropy(h @ w2.T + b2, y)
        p = dz * len(x)
        p[np.arange(len(x)), y] += 1
        slope, dh = 1 - h * h, dz @ w2
        rh = slope * (x @ v1.T + c1)
        rz = rh @ w2.T + h @ v2.T + c2
        rdz = p * (rz - (p * rz).sum(1, keepdims=True)) / len(x)
        rda = (rdz @ w2 + dz @ v2) * slope - 2 * dh * h * rh
        return rda.T @ x, rda.sum(0), rdz.T @ h + dz.T @ rh, rdz.sum(0)

    return step


def names(api: Any, task: Task) -> Step:
    x, y = task.inputs["x"], task.inputs["y"]

    def gradients(weights: Sequence[Array]) -> tuple[Any, Sequence[Array]]:
        table, w1, b1, w2, b2 = weights
        e = table[x].reshape(len(x), -1)
        h = np.tanh(e @ w1.T + b1)
        loss, dz = cross_entropy(h @ w2.T + b2, y)
        da = (dz @ w2) * (1 - h * h)
        dtable = np.zeros_like(table)
        np.add.at(dtable, x, (da @ w1).reshape(*x.shape, -1))
        return loss, (dtable, da.T @ e, da.sum(0), dz.T @ h, dz.sum(0))

    return trained(task, gradients)


def lstm(api: Any, task: Task) -> Step:
    """Back through time by hand; the gates are i, f, g, o."""
    x, y, n = task.inputs["x"], task.inputs["y"], task.options.hidden
    steps = x.shape[1]

    def gradients(weights: Sequence[Array]) -> tuple[Any, Sequence[Array]]:
        wx, wh, bx, bh, head, bias = weights
        ahead = x @ wx.T + (bx + bh)
        hs = np.zeros((steps + 1, len(x), n), np.float32)
        cs, tanhs, gates = np.zeros_like(hs), np.zeros_like(hs), np.empty((steps, len(x), 4 * n), np.float32)
        for t in range(steps):
            z = ahead[:, t] + hs[t] @ wh.T
            gates[t] = 1 / (1 + np.exp(-z))
            gates[t, :, 2 * n : 3 * n] = np.tanh(z[:, 2 * n : 3 * n])
            i, f, g, o = np.split(gates[t], 4, 1)
            cs[t + 1] = f * cs[t] + i * g
            tanhs[t] = np.tanh(cs[t + 1])
            hs[t + 1] = o * tanhs[t]
        loss, dy = cross_entropy(hs[-1] @ head.T + bias, y)
        dh, dc, dz = dy @ head, np.zeros_like(hs[0]), np.empty_like(gates)
        for t in reversed(range(steps)):
            i, f, g, o = np.split(gates[t], 4, 1)
            dc = dc + dh * o * (1 - tanhs[t] * tanhs[t])
            parts = dc * g * i * (1 - i), dc * cs[t] * f * (1 - f), dc * i * (1 - g * g), dh * tanhs[t] * o * (1 - o)
            np.concatenate(parts, 1, out=dz[t])
            dh, dc = dz[t] @ wh, dc * f
        flat = dz.reshape(-1, 4 * n)
        dwx, dwh = flat.T @ x.swapaxes(0, 1).reshape(-1, x.shape[2]), flat.T @ hs[:-1].reshape(-1, n)
        db = flat.sum(0)
        return loss, (dwx, dwh, db, db, dy.T @ hs[-1], dy.sum(0))

    return trained(task, gradients)
