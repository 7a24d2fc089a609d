"""What all learning rate schedulers share: the epoch, the step and the state."""

from __future__ import annotations

import warnings
from typing import Any

from autograd import Tensor

from ..optimizer import Group, Optimizer


class LRScheduler:
    """Base class: sets lr in every group of the optimizer, when it is made (t = 0) and then with every `step`.

    A subclass defines `get_lr`. `last_epoch`, t, starts at `last_epoch + 1`; a number other than -1 resumes, and then
    every group must have an "initial_lr". Raises TypeError for anything but an optimizer, KeyError for a group without
    one.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(f"param 'initial_lr' is not specified in param_groups[{i}] when resuming an optimizer")
        self.optimizer = optimizer
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self.step()

    def get_lr(self) -> list[float]:
        """The learning rate of every group in epoch `last_epoch`."""
        raise NotImplementedError(f"{type(self).__name__} must define get_lr()")

    def step(self) -> None:
        """Go to the next epoch. Warns if the optimizer has not made a step yet."""
        if self._step_count == 1 and not self.optimizer.stepped:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`: call them in the opposite order, or "
                "the first learning rate of the schedule is skipped",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        self._go_to(self.last_epoch + 1)

    def get_last_lr(self) -> list[float]:
        """The learning rate of every group, as this scheduler last set it."""
        return self._last_lr

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, and a `step` that was wrapped from outside."""
        return {key: value for key, value in vars(self).items() if key not in ("optimizer", "step")}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from the `state_dict` of a scheduler of the same kind; load the optimizer's state, too.

        Raises ValueError, and changes nothing, if the state is of another kind or for other groups.
        """
        self._check(state_dict)
        self._load({key: state_dict[key] for key in self.state_dict()})

    def _check(self, state_dict: dict[str, Any]) -> None:
        if missing := self.state_dict().keys() - state_dict.keys():
            raise ValueError(f"loaded state dict does not fit {type(self).__name__}: it has no {sorted(missing)}")
        if len(state_dict["_last_lr"]) != len(self.optimizer.param_groups):
            raise ValueError(
                f"loaded state dict has {len(state_dict['_last_lr'])} learning rates, expected "
                f"{len(self.optimizer.param_groups)}, one for each parameter group"
            )

    def _load(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    @property
    def _lrs(self) -> list[float]:
        """The learning rates of the last epoch."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    @property
    def _resuming(self) -> bool:
        """Whether this is the step in the constructor, which keeps the lr it finds."""
        return self._step_count == 1

    def _go_to(self, epoch: int) -> None:
        self.last_epoch = epoch
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            set_lr(group, lr)
        self._last_lr = self._lrs

    def _restart(self) -> None:
        """Begin again at epoch 0, from the learning rates at the start."""
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            set_lr(group, lr)
        self._go_to(0)


def set_lr(group: Group, lr: float) -> None:
    """Set the learning rate of a group; one that is a tensor is written to."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(lr)
    else:
        group["lr"] = lr


def set_momentum(group: Group, momentum: float) -> None:
    """Set the momentum of a group, or its β₁."""
    group.update({"betas": (momentum, group["betas"][1])} if "betas" in group else {"momentum": momentum})


def has_momentum(optimizer: Optimizer) -> None:
    """Raise ValueError for an optimizer without momentum."""
    if not optimizer.defaults.keys() & {"momentum", "betas"}:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")


def one_each(name: str, value: Any, groups: int) -> list[Any]:
    """A value for every group: one that all share, or a list. Raises ValueError for a list of another length."""
    if not isinstance(value, list | tuple):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(f"Expected {groups} {name}, but got {len(value)}")
    return list(value)
