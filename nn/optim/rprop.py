"""Resilient backpropagation."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class Rprop(Optimizer):
    """Rprop (Riedmiller and Braun, 1993): each weight goes by a step of its own, of which the gradient is the sign.

        g = ∇loss
        s = s * η₊  where g * b > 0                  s = lr before the first step
        s = s * η₋  and  g = 0  where g * b < 0      b = 0 before the first step
        s = s, but at least step_sizes[0] and at most step_sizes[1]
        w = w - s * sign(g)
        b = g

    `etas` are η₋ and η₊. Meant for the gradient of all data at once, not of batches. Raises ValueError for a negative
    or NaN learning rate, and unless 0 < η₋ < 1 < η₊.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate")
        η_minus, η_plus = options["etas"]
        if not 0 < η_minus < 1 < η_plus:
            raise ValueError(f"Invalid eta values: {η_minus}, {η_plus}, expected 0 < etas[0] < 1 < etas[1]")

    def start(self, w: Array, group: Group) -> State:
        return {"step": 0, "prev": np.zeros_like(w), "step_size": np.full_like(w, group["lr"])}

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        η_minus, η_plus = group["etas"]
        state["step"] += 1
        b, s = state["prev"], state["step_size"]
        agree = g * b
        s *= np.where(agree > 0, η_plus, np.where(agree < 0, η_minus, 1)).astype(s.dtype)
        np.clip(s, *group["step_sizes"], out=s)
        b[...] = np.where(agree < 0, 0, g)
        w -= s * np.sign(b)
