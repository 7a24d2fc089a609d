"""Adadelta."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class Adadelta(Optimizer):
    """Adadelta (Zeiler, 2012): the gradient, divided by its usual size and multiplied by the usual size of a step.

        g = ∇loss + weight_decay * w
        v = ρ * v + (1 - ρ) * g²                     v = 0 before the first step
        d = √(u + eps) / √(v + eps) * g              u = 0 before the first step
        u = ρ * u + (1 - ρ) * d²
        w = w - lr * d

    Raises ValueError for a negative or NaN option, and for a rho outside [0, 1].
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        if not 0 <= options["rho"] <= 1:
            raise ValueError(f"Invalid rho value: {options['rho']}, expected 0 <= rho <= 1")

    def start(self, w: Array, group: Group) -> State:
        return {"step": 0, "square_avg": np.zeros_like(w), "acc_delta": np.zeros_like(w)}

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, ρ, eps, weight_decay = (group[k] for k in ("lr", "rho", "eps", "weight_decay"))
        state["step"] += 1
        v, u = state["square_avg"], state["acc_delta"]
        if weight_decay:
            g = g + weight_decay * w
        v *= ρ
        v += (1 - ρ) * g * g
        d = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u *= ρ
        u += (1 - ρ) * d * d
        w -= lr * d
