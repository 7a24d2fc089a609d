"""What the doctor notes of the steps of an optimizer: rates, sizes, clipping, what the loss is, and new optimizers."""

from __future__ import annotations

import math
from array import array
from collections.abc import Container, Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor
from autograd.hooks import Leaf, Node, node_of, reachable

from ..utils.clipping_times import clipped_since, tick
from .sign_of_loss import range_of

FLAT = {"round", "floor", "ceil", "trunc", "sign", "clamp", "heaviside"}  # ops with a slope of 0, or parts of it


class LossSeen(NamedTuple):
    """A loss in a close look: its value, and what is certain of it (`sign_of_loss.range_of`)."""

    value: float
    range: str
    factors: tuple[float, ...]


class StepFacts:
    """Noted in every step: the rate, and when gradients were clipped. In close looks: the size of the weights, and what
    the loss is made of. `optimizer` is the newest; `lost` counts those before it whose state had begun to fill.
    """

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.rates = array("d")  # the largest of the groups, in each step
        self.clipped_before = self.clipped_after = 0  # the step, and until the next backward
        self.sizes: list[float] = []  # the norm of all weights
        self.seen: list[LossSeen] = []
        self.flat: dict[str, None] = {}  # "round at train.py:12"
        self.begun = [0]  # the step after which each optimizer was made
        self.lost = 0
        self.scheduler = ""
        self._backward_at = self._step_at = 0
        self._print: bytes | None = None

    # -- every step ---------------------------------------------------------------------------------------------------

    def going_back(self, probe: Tensor | None, first: bool) -> None:
        """A backward pass begins, the `first` since a step or not."""
        if probe is not None and first and self._step_at and clipped_since(probe, self._step_at):
            self.clipped_after += 1
        self._backward_at = tick()

    def before_step(self, probe: Tensor | None) -> None:
        """A step begins; `probe` is a parameter with a gradient."""
        self.clipped_before += probe is not None and clipped_since(probe, self._backward_at)
        self.rates.append(rate_of(self.optimizer))

    def after_step(self, probe: Tensor | None) -> None:
        """A step has been made."""
        self._step_at = tick()
        self._print = None if probe is None else _bytes(probe)

    def same_weights(self, probe: Tensor | None) -> bool:
        """Whether the weights are still those that the last step left."""
        return probe is not None and self._print == _bytes(probe)

    def renewed(self, optimizer: Any, steps: int) -> None:
        """Another optimizer takes over, after so many steps."""
        self.lost += any(map(_remembers, getattr(self.optimizer, "state", {}).values()))
        self.optimizer = optimizer
        if steps > self.begun[-1]:
            self.begun.append(steps)

    # -- close looks --------------------------------------------------------------------------------------------------

    def root(self, node: Node, loss: float, parameters: Mapping[str, Tensor], differences: Container[int]) -> None:
        """Note what a loss is made of, if it depends on no other parameters, as a generator's does."""
        trained = [p for group in getattr(self.optimizer, "param_groups", ()) for p in group["params"]]
        own = {node_of(p) for p in [*parameters.values(), *trained]}
        reached = reachable([node])
        leaves = [each for each in reached if isinstance(each, Leaf)]
        if math.isfinite(loss) and len(own) > 1 and leaves and own.issuperset(leaves):
            self.seen.append(LossSeen(loss, *range_of(node, differences)))


def rate_of(optimizer: Any) -> float:
    """The largest learning rate of an optimizer's groups, NaN if it has none."""
    rates = [float(group.get("lr", math.nan)) for group in getattr(optimizer, "param_groups", ())]
    return max(rates, default=math.nan)


def options_of(optimizer: Any, name: str) -> float:
    """The largest value of an option in the groups of an optimizer, 0 if no group has it."""
    values = [group.get(name) or 0 for group in getattr(optimizer, "param_groups", ())]
    return max((float(v) for v in values if isinstance(v, int | float)), default=0.0)


def _bytes(p: Tensor) -> bytes:
    return bytes(p.numpy(force=True).tobytes())


def _remembers(state: Any) -> bool:
    """Whether the state of a parameter holds anything but counts."""
    return any(isinstance(value, np.ndarray) and value.any() for value in state.values())
