"""Adagrad."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class Adagrad(Optimizer):
    """Adagrad (Duchi et al., 2011): the gradient, divided by the size of all gradients so far.

        g = ∇loss + weight_decay * w
        v = v + g²                                   v = initial_accumulator_value before the first step
        w = w - lr / (1 + (t - 1) * lr_decay) * g / (√v + eps)      in step t = 1, 2, …

    Raises ValueError for a negative or NaN option.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", lr_decay="lr_decay value", weight_decay="weight_decay value")
        not_negative(options, initial_accumulator_value="initial_accumulator_value value", eps="epsilon value")

    def start(self, w: Array, group: Group) -> State:
        return {"step": 0, "sum": np.full_like(w, group["initial_accumulator_value"])}

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, lr_decay, eps, weight_decay = (group[k] for k in ("lr", "lr_decay", "eps", "weight_decay"))
        state["step"] += 1
        t, v = state["step"], state["sum"]
        if weight_decay:
            g = g + weight_decay * w
        d = np.multiply(g, g, out=np.empty_like(w))
        v += d
        np.sqrt(v, out=d)
        d += eps
        np.divide(g, d, out=d)
        d *= lr / (1 + (t - 1) * lr_decay)
        w -= d
