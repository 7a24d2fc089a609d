"""Averaged stochastic gradient descent."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class ASGD(Optimizer):
    """Stochastic gradient descent that also keeps the mean of the weights after step t0 (Polyak and Juditsky, 1992).

        g = ∇loss + weight_decay * w
        w = (1 - lambd * η) * w - η * g              η = lr in the first step
        a = a + μ * (w - a)                          μ = 1 in the first step
        η = lr / (1 + lambd * lr * t)^alpha          in step t = 1, 2, …
        μ = 1 / max(1, t - t0)

    The mean, a, is `optimizer.state[p]["ax"]`. Raises ValueError for a negative or NaN learning rate or weight decay.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", weight_decay="weight_decay value")

    def start(self, w: Array, group: Group) -> State:
        η, μ = np.array(group["lr"], np.float32), np.ones((), np.float32)
        return {"step": 0, "eta": η, "mu": μ, "ax": np.zeros_like(w)}

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, lambd, alpha, t0, weight_decay = (group[k] for k in ("lr", "lambd", "alpha", "t0", "weight_decay"))
        state["step"] += 1
        t, η, μ, a = state["step"], state["eta"].item(), state["mu"].item(), state["ax"]
        if weight_decay:
            g = g + weight_decay * w
        w *= 1 - lambd * η
        w -= η * g
        a += μ * (w - a)
        state["eta"][...] = lr / (1 + lambd * lr * t) ** alpha
        state["mu"][...] = 1 / max(1, t - t0)
