"""Several schedulers of one optimizer: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .scheduler import LRScheduler


class Several(LRScheduler):
    """Base class: keeps the schedulers, and their states."""

    def __init__(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]) -> None:
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for i, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(f"{name} expects schedulers, but got {type(scheduler).__name__} at index {i}")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(f"{name} does not support ReduceLROnPlateau, whose step takes a metric: index {i}")
            if scheduler.optimizer is not (optimizer or schedulers[0].optimizer):
                raise ValueError(f"{name} expects all schedulers to belong to the same optimizer: index {i} differs")
        self._schedulers = list(schedulers)
        self.optimizer = optimizer or schedulers[0].optimizer

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def _check(self, state_dict: dict[str, Any]) -> None:
        super()._check(state_dict)
        if len(state_dict["_schedulers"]) != len(self._schedulers):
            raise ValueError(
                f"loaded state dict has {len(state_dict['_schedulers'])} schedulers, expected {len(self._schedulers)}"
            )
        for scheduler, saved in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler._check(saved)

    def _load(self, state: dict[str, Any]) -> None:
        for scheduler, saved in zip(self._schedulers, state["_schedulers"], strict=True):
            scheduler.load_state_dict(saved)
        super()._load(state | {"_schedulers": self._schedulers})


class SequentialLR(Several):
    """`schedulers[i]` from epoch `milestones[i - 1]` on, where it begins again from the learning rates at the start.

    There is one milestone fewer than there are schedulers. Raises ValueError for another number, for a scheduler of
    another optimizer, and for ReduceLROnPlateau, whose step needs a metric; TypeError for anything but a scheduler.
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        self._milestones = list(milestones)
        self._go_to(last_epoch + 1)

    def step(self) -> None:
        """Go to the next epoch."""
        self._go_to(self.last_epoch + 1)

    def _restart(self) -> None:
        self._go_to(0)

    def _go_to(self, epoch: int) -> None:
        self.last_epoch = epoch
        i = bisect_right(self._milestones, epoch)
        if epoch == (self._milestones[i - 1] if i else 0):
            self._schedulers[i]._restart()
        else:
            self._schedulers[i].step()
        self._last_lr = self._schedulers[i].get_last_lr()


class ChainedScheduler(Several):
    """Several schedulers that step together, each from the learning rates that the one before it has set.

    `optimizer` is that of the schedulers. Raises ValueError for no scheduler, for one of another optimizer, and for
    ReduceLROnPlateau, whose step needs a metric; TypeError for anything but a scheduler.
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        super().__init__(optimizer, schedulers)
        self._last_lr = self._lrs

    def step(self) -> None:
        """Go to the next epoch."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._lrs

    def _restart(self) -> None:
        self._schedulers[0]._restart()
        for scheduler in self._schedulers[1:]:
            scheduler._go_to(0)
        self._last_lr = self._lrs
