"""One cycle of the learning rate, and of the momentum, over a whole training run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, has_momentum, one_each, set_momentum


class OneCycleLR(LRScheduler):
    """Up from max_lr / div_factor to `max_lr`, then down to max_lr / div_factor / final_div_factor (Smith, 2018).

    The first `pct_start` of the steps go up; with `three_phase`, as many come down again to the start, and the rest go
    on to the end. Call `step` after every batch: `total_steps` times, or `epochs` times `steps_per_epoch`. In each
    phase, of which a share p from 0 to 1 has passed,

        lr = end + (start - end) * (1 + cos(π p)) / 2        or for anneal_strategy "linear"  start + (end - start) * p

    With `cycle_momentum` the momentum (or β₁) goes the opposite way, from `max_momentum` to `base_momentum` and back.
    Raises ValueError for numbers out of range, for an optimizer without momentum, and after `total_steps` steps.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        counts = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        for name, n in ({"total_steps": total_steps} if total_steps is not None else counts).items():
            if not isinstance(n, int) or n <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {n}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if cycle_momentum:
            has_momentum(optimizer)
        self.total_steps = total_steps if total_steps is not None else (epochs or 0) * (steps_per_epoch or 0)
        self.cycle_momentum, self._anneal_func_type = cycle_momentum, anneal_strategy
        self._schedule_phases = _phases(pct_start * self.total_steps, self.total_steps, three_phase)
        groups = len(optimizer.param_groups)
        peaks = one_each("values for max_lr", max_lr, groups)
        bases = one_each("values for base_momentum", base_momentum, groups)
        tops = one_each("values for max_momentum", max_momentum, groups)
        if last_epoch == -1:
            for group, peak, base, top in zip(optimizer.param_groups, peaks, bases, tops, strict=True):
                group.update(initial_lr=peak / div_factor, max_lr=peak, min_lr=peak / div_factor / final_div_factor)
                if cycle_momentum:
                    group.update(max_momentum=top, base_momentum=base)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        t = self.last_epoch
        if t > self.total_steps:
            raise ValueError(f"Tried to step {t} times. The specified number of total steps is {self.total_steps}")
        start, phase = 0.0, self._schedule_phases[0]
        for following in self._schedule_phases[1:]:
            if t > phase["end_step"]:
                start, phase = phase["end_step"], following
        p = (t - start) / (phase["end_step"] - start or 1)
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], p)
                set_momentum(group, momentum)
        return [
            self._between(group[phase["start_lr"]], group[phase["end_lr"]], p) for group in self.optimizer.param_groups
        ]

    def _between(self, start: float, end: float, p: float) -> float:
        if self._anneal_func_type == "linear":
            return start + (end - start) * p
        return end + (start - end) * (1 + math.cos(math.pi * p)) / 2


def _phases(rise: float, total: int, three: bool) -> list[dict[str, Any]]:
    """The phases of OneCycleLR: the step each ends with, and between which of a group's values it goes."""

    def phase(end: float, lrs: str, momenta: str) -> dict[str, Any]:
        names = zip(("start_lr", "end_lr", "start_momentum", "end_momentum"), f"{lrs} {momenta}".split(), strict=True)
        return {"end_step": end, **dict(names)}

    up = phase(rise - 1, "initial_lr max_lr", "max_momentum base_momentum")
    if not three:
        return [up, phase(total - 1, "max_lr min_lr", "base_momentum max_momentum")]
    down = phase(2 * rise - 2, "max_lr initial_lr", "base_momentum max_momentum")
    return [up, down, phase(total - 1, "initial_lr min_lr", "max_momentum max_momentum")]
