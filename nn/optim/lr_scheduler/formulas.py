"""Schedulers that are one line: lr in epoch t from the last lr, or from base_lr, the one at the start."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, one_each


class Functions(LRScheduler):
    """Base class of those that call a function of t: one for all groups, or one for each.

    Of a callable object, the state holds the attributes; a plain function is not saved. Raises ValueError for a list
    of another length, TypeError for what cannot be called.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(optimizer.param_groups) if isinstance(optimizer, Optimizer) else 1
        self.lr_lambdas = one_each("lr_lambdas", lr_lambda, groups)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        saved = [None if isinstance(f, FunctionType) else dict(vars(f)) for f in self.lr_lambdas]
        return super().state_dict() | {"lr_lambdas": saved}

    def _load(self, state: dict[str, Any]) -> None:
        for function, saved in zip(self.lr_lambdas, state["lr_lambdas"], strict=True):
            vars(function).update(saved or {})
        super()._load(state | {"lr_lambdas": self.lr_lambdas})


class LambdaLR(Functions):
    """lr = base_lr * lr_lambda(t), with one function for all groups or a list of one for each.

    Of a callable object, the state holds the attributes; a plain function is not saved. Raises ValueError for a list
    of another length, TypeError for what cannot be called.
    """

    def get_lr(self) -> list[float]:
        t = self.last_epoch
        return [base_lr * function(t) for base_lr, function in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(Functions):
    """lr = lr * lr_lambda(t) in every epoch t > 0, with one function for all groups or a list of one for each.

    State and errors are those of `LambdaLR`.
    """

    def get_lr(self) -> list[float]:
        if self._resuming:
            return self._lrs
        t = self.last_epoch
        return [lr * function(t) for lr, function in zip(self._lrs, self.lr_lambdas, strict=True)]


class StepLR(LRScheduler):
    """lr = lr * gamma in every epoch t that `step_size` divides."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t = self.last_epoch
        return [lr * self.gamma for lr in self._lrs] if t and t % self.step_size == 0 else self._lrs


class MultiStepLR(LRScheduler):
    """lr = lr * gamma in every epoch t that is one of the milestones."""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.gamma ** self.milestones[self.last_epoch] for lr in self._lrs]

    def _load(self, state: dict[str, Any]) -> None:
        milestones = Counter({int(t): n for t, n in state["milestones"].items()})  # JSON makes strings of the numbers
        super()._load(state | {"milestones": milestones})


class ExponentialLR(LRScheduler):
    """lr = lr * gamma in every epoch t > 0."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return self._lrs if self.last_epoch == 0 or self._resuming else [lr * self.gamma for lr in self._lrs]


class ConstantLR(LRScheduler):
    """lr = base_lr * factor until epoch `total_iters`, where lr = lr / factor.

    Raises ValueError for a factor outside [0, 1].
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1, given {factor}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._lrs]
        return [lr / self.factor for lr in self._lrs] if self.last_epoch == self.total_iters else self._lrs


class LinearLR(LRScheduler):
    """A straight line from base_lr * start_factor in epoch 0 to base_lr * end_factor in epoch `total_iters`.

        lr = lr * f(t) / f(t - 1),   f(t) = start_factor * (1 - t / total_iters) + end_factor * t / total_iters

    Raises ValueError for a start_factor outside (0, 1] and an end_factor outside [0, 1].
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1, "
                f"given {start_factor}"
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(f"Ending multiplicative factor expected to be between 0 and 1, given {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t = self.last_epoch
        if t == 0:
            return [lr * self.start_factor for lr in self._lrs]
        if self._resuming or t > self.total_iters:
            return self._lrs
        return [lr * self._factor(t) / self._factor(t - 1) for lr in self._lrs]

    def _factor(self, t: int) -> float:
        share = t / self.total_iters
        return self.start_factor * (1 - share) + self.end_factor * share


class PolynomialLR(LRScheduler):
    """From base_lr in epoch 0 down to 0 in epoch `total_iters`, along a power of the time that is left.

    lr = lr * ((1 - t / total_iters) / (1 - (t - 1) / total_iters)) ** power
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t, total = self.last_epoch, self.total_iters
        if self._resuming or t > total:
            return self._lrs
        factor = ((1 - t / total) / (1 - (t - 1) / total)) ** self.power
        return [lr * factor for lr in self._lrs]


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from base_lr in epoch 0 down to `eta_min` in epoch `T_max` (Loshchilov and Hutter, 2017).

    lr = eta_min + (lr - eta_min) * (1 + cos(π t / T_max)) / (1 + cos(π (t - 1) / T_max))
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t, T, low = self.last_epoch, self.T_max, self.eta_min
        if t == 0 or self._resuming:
            return self._lrs
        if (t - 1 - T) % (2 * T) == 0:  # up again from the bottom, where the factor has a pole
            rise = (1 - math.cos(math.pi / T)) / 2
            return [lr + (base_lr - low) * rise for lr, base_lr in zip(self._lrs, self.base_lrs, strict=True)]
        factor = (1 + math.cos(math.pi * t / T)) / (1 + math.cos(math.pi * (t - 1) / T))
        return [low + (lr - low) * factor for lr in self._lrs]
