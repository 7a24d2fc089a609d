"""The learning rate up and down again, cycle after cycle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, has_momentum, one_each, set_lr, set_momentum


class CyclicLR(LRScheduler):
    """From `base_lr` up to `max_lr` in `step_size_up` steps, down in `step_size_down`, again and again (Smith, 2017).

        lr = base_lr + (max_lr - base_lr) * h * scale        with h from 0 to 1 and back to 0 in each cycle c = 1, 2, …

    Args:
        step_size_down: default step_size_up.
        mode: "triangular" scales by 1, "triangular2" by 1 / 2^(c - 1), "exp_range" by gamma^t, t being the step.
        scale_fn: a function for the scale, instead of `mode`: of c, or of t if scale_mode="iterations".
        cycle_momentum: the momentum (or β₁) goes the opposite way, from `max_momentum` to `base_momentum` and back.

    Call `step` after every batch. Raises ValueError for an unknown mode, for lists of another length than that of the
    groups, and for an optimizer without momentum; TypeError for anything but an optimizer.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(f"mode is invalid and scale_fn is None: given {mode!r}")
        groups = len(optimizer.param_groups)
        base_lrs = one_each("values for base_lr", base_lr, groups)
        self.max_lrs = one_each("values for max_lr", max_lr, groups)
        self.total_size = float(step_size_up + (step_size_up if step_size_down is None else step_size_down))
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            has_momentum(optimizer)
            self.use_beta1 = "betas" in optimizer.defaults
            self.base_momentums = one_each("values for base_momentum", base_momentum, groups)
            self.max_momentums = one_each("values for max_momentum", max_momentum, groups)
        if last_epoch == -1:
            self._start(optimizer, base_lrs)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _start(self, optimizer: Optimizer, base_lrs: list[float]) -> None:
        for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
            set_lr(group, lr)
        if self.cycle_momentum:
            for group, low, high in zip(optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True):
                set_momentum(group, high)
                group.update(max_momentum=high, base_momentum=low)

    def scale_fn(self, x: float) -> float:
        """The scale in cycle x, or in step x if `scale_mode` is "iterations"."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return float(self.gamma**x)
        return 1.0 if self.mode == "triangular" else 0.5 ** (x - 1)

    def get_lr(self) -> list[float]:
        t, up = self.last_epoch, self.step_ratio
        c = math.floor(1 + t / self.total_size)
        x = 1 + t / self.total_size - c
        h = x / up if x <= up else (x - 1) / (up - 1)
        scaled = h * self.scale_fn(c if self.scale_mode == "cycle" else t)
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                set_momentum(group, high - (high - low) * scaled)
        return [low + (high - low) * scaled for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of a `scale_fn` that is an object its attributes, of a plain function None."""
        function = self._scale_fn_custom
        saved = None if function is None or isinstance(function, FunctionType) else dict(vars(function))
        return super().state_dict() | {"_scale_fn_custom": saved}

    def _load(self, state: dict[str, Any]) -> None:
        if state["_scale_fn_custom"]:
            vars(self._scale_fn_custom).update(state["_scale_fn_custom"])
        super()._load(state | {"_scale_fn_custom": self._scale_fn_custom})
