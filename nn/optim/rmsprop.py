"""RMSprop."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class RMSprop(Optimizer):
    """RMSprop (Hinton's lecture 6e, 2012): the gradient, divided by its usual size.

        g = ∇loss + weight_decay * w
        v = α * v + (1 - α) * g²                     v = 0 before the first step
        u = g / (√v + eps)
        b = momentum * b + u                         b = 0 before the first step
        w = w - lr * b

    When `centered` (Graves, 2013) the gradient's variance stands for v in the third line, v - a², where

        a = α * a + (1 - α) * g                      a = 0 before the first step

    Raises ValueError for a negative or NaN option.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", eps="epsilon value", momentum="momentum value")
        not_negative(options, weight_decay="weight_decay value", alpha="alpha value")

    def start(self, w: Array, group: Group) -> State:
        state = {"step": 0, "square_avg": np.zeros_like(w)}
        if group["momentum"]:
            state["momentum_buffer"] = np.zeros_like(w)
        if group["centered"]:
            state["grad_avg"] = np.zeros_like(w)
        return state

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, α, eps, momentum, weight_decay = (group[k] for k in ("lr", "alpha", "eps", "momentum", "weight_decay"))
        state["step"] += 1
        v = state["square_avg"]
        u = np.empty_like(w)
        if weight_decay:
            g = g + weight_decay * w
        v *= α
        v += np.multiply(np.multiply(1 - α, g, out=u), g, out=u)
        if group["centered"]:
            a = state["grad_avg"]
            a *= α
            a += np.multiply(1 - α, g, out=u)
            v = np.subtract(v, np.multiply(a, a, out=u), out=u)
        np.sqrt(v, out=u)
        u += eps
        np.divide(g, u, out=u)
        if momentum:
            b = state["momentum_buffer"]
            b *= momentum
            b += u
            np.multiply(lr, b, out=u)
        else:
            u *= lr
        w -= u
