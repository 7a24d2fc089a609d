"""Adam and its variant with decoupled weight decay."""

from __future__ import annotations

import numpy as np

from .optimizer import Array, Group, Optimizer, Params, State, not_negative


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): a step in the gradient's mean direction, divided by its usual size.

        g = ∇loss + weight_decay * w
        m = β₁ * m + (1 - β₁) * g                    m = 0 before the first step
        v = β₂ * v + (1 - β₂) * g²                   v = 0 before the first step
        w = w - lr * m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + eps)       in step t = 1, 2, …

    With `amsgrad` (Reddi et al., 2018) the largest v so far stands in the last line. Raises ValueError for a negative
    or NaN option, and for betas outside [0, 1).
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        for i, beta in enumerate(options["betas"]):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}, expected 0 <= beta < 1")

    def start(self, w: Array, group: Group) -> State:
        state = {"step": 0, "exp_avg": np.zeros_like(w), "exp_avg_sq": np.zeros_like(w)}
        return state | {"max_exp_avg_sq": np.zeros_like(w)} if group["amsgrad"] else state

    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        if weight_decay := group["weight_decay"]:
            g = g + weight_decay * w
        _descend(w, g, state, group)


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
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        w *= 1 - group["lr"] * group["weight_decay"]
        _descend(w, g, state, group)


def _descend(w: Array, g: Array, state: State, group: Group) -> None:
    """The last three lines of the formula; `d`, the one temporary, ends as what is taken from w."""
    lr, (β1, β2), eps = group["lr"], group["betas"], group["eps"]
    state["step"] += 1
    t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
    d = np.empty_like(w)
    m *= β1
    m += np.multiply(1 - β1, g, out=d)
    v *= β2
    v += np.multiply(np.multiply(1 - β2, g, out=d), g, out=d)
    if group["amsgrad"]:
        v = np.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])
    np.sqrt(v, out=d)
    d /= (1 - β2**t) ** 0.5
    d += eps
    np.divide(m, d, out=d)
    d *= lr / (1 - β1**t)
    w -= d
