"""The doctor where nobody has called it: it notes the lines of the program, and goes when it has seen enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd import Tensor, is_grad_enabled
from autograd.hooks import node_of, reachable, user_line

from ..module import Module
from ..optim import Optimizer
from .close_look import guarded
from .watched_loop import doctor


class Bounds(NamedTuple):
    """How long a training is watched: so many of its steps, and until a moment of `time.monotonic`."""

    steps: int
    until: float

    @classmethod
    def of(cls, steps: int, minutes: float) -> Bounds:
        """Bounds that begin to count now."""
        return cls(steps, time.monotonic() + 60 * minutes)


class BoundedWatch(doctor):
    """`doctor` for one model of a training.

    `lines` are those of the program where things first happened: "call", "quiet call" (under no_grad), "backward",
    "step". `leave` is called after the step that reaches a bound.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        scheduler: Any,
        *,
        lines: dict[str, str],
        bounds: Bounds,
        leave: Callable[[], None],
    ) -> None:
        super().__init__(model, optimizer, scheduler=scheduler)
        self.lines, self.bounds, self.leave = lines, bounds, leave

    def note(self, event: str) -> None:
        """Keep the line of the program that is running, as the first for this event."""
        if event not in self.lines:
            self.lines[event] = user_line()

    def _expect_others(self) -> None:
        """Who watches the whole program tells of other optimizers."""

    @property
    def enough(self) -> bool:
        """Whether a bound has been reached."""
        return self.facts.steps >= self.bounds.steps or time.monotonic() >= self.bounds.until

    @guarded
    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        self.note("call" if is_grad_enabled() else "quiet call")
        super()._called(args, kwargs, output)

    @guarded
    def _going_back(self, roots: list[Tensor]) -> None:
        super()._going_back(roots)
        if not self.facts.steps and self._reaches(roots):
            self.lines["backward"] = user_line()  # the last before the first step

    def _reaches(self, roots: list[Tensor]) -> bool:
        ends = {node_of(p) for p in self.parameters.values()} - {None}
        return not ends.isdisjoint(reachable([node for root in roots if (node := node_of(root)) is not None]))

    def _watched_step(self, step: Callable[..., Any], closure: Callable[[], Any] | None = None) -> Any:
        self.note("step")
        result = super()._watched_step(step, closure)
        if self.enough:
            self.leave()
        return result
