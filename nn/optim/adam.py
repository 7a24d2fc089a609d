"""Adam and its variant with decoupled weight decay."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): a step in the gradient's mean direction, divided by its usual size.

        g = ∇loss + weight_decay * w
        m = β₁ * m + (1 - β₁) * g                    m = 0 before the first step
        v = β₂ * v + (1 - β₂) * g²                   v = 0 before the first step
        w = w - lr * m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + eps)       in step t = 1, 2, …

    With `amsgrad` (Reddi et al., 2018) the largest v so far stands in the last line. With `decoupled_weight_decay` the
    formula is that of `AdamW`. Raises ValueError for a negative or NaN option, and for betas outside [0, 1).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        check_betas(options)

    def start(self, w: Array, group: Group) -> State:
        state = {"step": 0, "exp_avg": np.zeros_like(w), "exp_avg_sq": np.zeros_like(w)}
        return state | {"max_exp_avg_sq": np.zeros_like(w)} if group["amsgrad"] else state

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, (β1, β2), eps = group["lr"], group["betas"], group["eps"]
        state["step"] += 1
        t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
        g = decayed(w, g, group)
        d = np.empty_like(w)  # the one temporary; it ends as what is taken from w
        m *= β1
        m += np.multiply(1 - β1, g, out=d)
        v *= β2
        v += np.multiply(np.multiply(1 - β2, g, out=d), g, out=d)
        if group["amsgrad"]:
            v = np.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])
        c = (1 - β2**t) ** 0.5  # which above and below the line saves a division of every element
        np.sqrt(v, out=d)
        d += eps * c
        np.divide(m, d, out=d)
        d *= lr * c / (1 - β1**t)
        w -= d


class AdamW(Adam):
    """Adam whose weight decay is a step of its own (Loshchilov and Hutter, 2019).

        w = w - lr * weight_decay * w
        g = ∇loss
        m = β₁ * m + (1 - β₁) * g                    m = 0 before the first step
        v = β₂ * v + (1 - β₂) * g²                   v = 0 before the first step
        w = w - lr * m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + eps)       in step t = 1, 2, …

    `amsgrad` and the errors are those of `Adam`.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, **given(locals()), decoupled_weight_decay=True)


def check_betas(options: Group) -> None:
    """Raise ValueError for one of the betas outside [0, 1)."""
    for i, beta in enumerate(options["betas"]):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}, expected 0 <= beta < 1")


def decayed(w: Array, g: Array, group: Group) -> Array:
    """g + weight_decay * w; or g, after w = w - lr * weight_decay * w, if the weight decay is decoupled."""
    if not (weight_decay := group["weight_decay"]):
        return g
    if group.get("decoupled_weight_decay"):
        w *= 1 - group["lr"] * weight_decay
        return g
    return g + weight_decay * w
