"""Stochastic gradient descent."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Sutskever et al., 2013).

        g = ∇loss + weight_decay * w
        v = momentum * v + (1 - dampening) * g       v = g in the first step
        w = w - lr * v                               nesterov: w - lr * (g + momentum * v)

    Raises ValueError for a negative or NaN option, and for nesterov without momentum or with dampening.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", momentum="momentum value", weight_decay="weight_decay value")
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            raise ValueError(
                f"Nesterov momentum requires a momentum and zero dampening, given momentum={options['momentum']}, "
                f"dampening={options['dampening']}"
            )

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, momentum, weight_decay = group["lr"], group["momentum"], group["weight_decay"]
        if weight_decay:
            g = g + weight_decay * w
        if momentum:
            if "momentum_buffer" not in state:
                v = state["momentum_buffer"] = np.array(g)
            else:
                v = state["momentum_buffer"]
                v *= momentum
                v += (1 - dampening) * g if (dampening := group["dampening"]) else g
            g = g + momentum * v if group["nesterov"] else v
        w -= lr * g
