"""Adam with another norm, with Nesterov's momentum, and with a rectified variance."""

from __future__ import annotations

import numpy as np

from autograd import Tensor

from .adam import check_betas, decayed
from .block_updates import elementwise
from .optimizer import Array, Group, Optimizer, Params, State, given, not_negative


class Adamax(Optimizer):
    """Adamax (Kingma and Ba, 2015): Adam, with the largest gradient in place of its usual size.

        g = ∇loss + weight_decay * w
        m = β₁ * m + (1 - β₁) * g                    m = 0 before the first step
        u = max(β₂ * u, |g| + eps)                   u = 0 before the first step
        w = w - lr / (1 - β₁ᵗ) * m / u               in step t = 1, 2, …

    Raises ValueError for a negative or NaN option, and for betas outside [0, 1).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        check_betas(options)

    def start(self, w: Array, group: Group) -> State:
        return {"step": 0, "exp_avg": np.zeros_like(w), "exp_inf": np.zeros_like(w)}

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, (β1, β2), eps = group["lr"], group["betas"], group["eps"]
        state["step"] += 1
        t, m, u = state["step"], state["exp_avg"], state["exp_inf"]
        g = decayed(w, g, group)
        m *= β1
        m += (1 - β1) * g
        u *= β2
        np.maximum(u, np.abs(g) + eps, out=u)
        w -= lr / (1 - β1**t) * m / u


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat, 2016).

        g = ∇loss + weight_decay * w
        μ(t) = β₁ * (1 - 0.96^(t * momentum_decay) / 2)
        p = p * μ(t)                                 p = 1 before the first step
        m = β₁ * m + (1 - β₁) * g                    m = 0 before the first step
        v = β₂ * v + (1 - β₂) * g²                   v = 0 before the first step
        n = (1 - μ(t)) / (1 - p) * g + μ(t + 1) / (1 - p * μ(t + 1)) * m
        w = w - lr * n / (√(v / (1 - β₂ᵗ)) + eps)    in step t = 1, 2, …

    With `decoupled_weight_decay`, g = ∇loss, and w = w - lr * weight_decay * w comes first. Raises ValueError for a
    negative or NaN option, and for betas outside [0, 1).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        not_negative(options, momentum_decay="momentum_decay value")
        check_betas(options)

    def start(self, w: Array, group: Group) -> State:
        product = np.ones((), np.float32)
        return {"step": 0, "mu_product": product, "exp_avg": np.zeros_like(w), "exp_avg_sq": np.zeros_like(w)}

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, (β1, β2), eps, decay = group["lr"], group["betas"], group["eps"], group["momentum_decay"]
        state["step"] += 1
        t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
        g = decayed(w, g, group)
        μ, μ_next = (β1 * (1 - 0.96 ** (step * decay) / 2) for step in (t, t + 1))
        state["mu_product"] *= μ
        p = state["mu_product"].item()
        m *= β1
        m += (1 - β1) * g
        v *= β2
        v += (1 - β2) * g * g
        n = (1 - μ) / (1 - p) * g + μ_next / (1 - p * μ_next) * m
        w -= lr * n / (np.sqrt(v / (1 - β2**t)) + eps)


class RAdam(Optimizer):
    """Rectified Adam (Liu et al., 2020): it divides by the gradient's usual size once enough is known about it.

        g = ∇loss + weight_decay * w
        m = β₁ * m + (1 - β₁) * g                    m = 0 before the first step
        v = β₂ * v + (1 - β₂) * g²                   v = 0 before the first step
        n = 2 / (1 - β₂) - 1
        ρ = n - 2 * t * β₂ᵗ / (1 - β₂ᵗ)              in step t = 1, 2, …
        r = √((ρ - 4) * (ρ - 2) * n / ((n - 4) * (n - 2) * ρ)) * √(1 - β₂ᵗ) / (√v + eps)     if ρ > 5, else 1
        w = w - lr * m / (1 - β₁ᵗ) * r

    With `decoupled_weight_decay`, g = ∇loss, and w = w - lr * weight_decay * w comes first. Raises ValueError for a
    negative or NaN option, and for betas outside [0, 1).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, given(locals()))

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        check_betas(options)

    def start(self, w: Array, group: Group) -> State:
        return {"step": 0, "exp_avg": np.zeros_like(w), "exp_avg_sq": np.zeros_like(w)}

    @elementwise
    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, (β1, β2), eps = group["lr"], group["betas"], group["eps"]
        state["step"] += 1
        t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
        g = decayed(w, g, group)
        m *= β1
        m += (1 - β1) * g
        v *= β2
        v += (1 - β2) * g * g
        n = 2 / (1 - β2) - 1
        ρ = n - 2 * t * β2**t / (1 - β2**t)
        r: Array | float = 1
        if ρ > 5:
            r = ((ρ - 4) * (ρ - 2) * n / ((n - 4) * (n - 2) * ρ)) ** 0.5 * (1 - β2**t) ** 0.5 / (np.sqrt(v) + eps)
        w -= lr / (1 - β1**t) * m * r
