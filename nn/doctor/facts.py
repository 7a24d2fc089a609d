"""What was seen, in numbers, without any opinion on it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.core.engine import reachable

from .op_recorder import Recorder
from .samples import Samples

Array = np.ndarray[Any, Any]
Parameters = Mapping[str, Tensor]


class Facts:
    """Counts of every step, and the figures of the steps that were looked at."""

    def __init__(self) -> None:
        self.steps = self.backwards = self.forwards = self.silent_forwards = self.empty_roots = self.evaluations = 0
        self.steps_after_forward = self.steps_without_gradient = self.stale_steps = 0
        self.evaluated_in_training = self.trained_in_evaluation = 0
        self.scheduled = self.scheduled_early = 0
        self.loss: float | None = None
        self.losses = array("d")
        self.broken: str | None = None  # where the first NaN or infinity came from
        self.refused = False  # whether backward was refused, because nothing was recorded
        self.first_rates: list[float] = []
        self.samples = Samples()

        self.looks = 0
        self.softmax: str | None = None
        self.broadcast: str | None = None
        self.sequence: list[tuple[str, str]] = []
        self.units: dict[str, list[Array]] = {}
        self.limits: dict[str, list[float]] = {}
        self.targets: list[Array] = []
        self.reached: set[str] = set()
        self.arriving: list[dict[str, float]] = []
        self.ratios: list[float] = []  # of the length of a step to that of all weights
        self.gradients: list[float] = []  # of the length of the gradient to that of all weights
        self.with_gradient: set[str] = set()  # parameters with a gradient that is not all 0
        self.inputs: list[tuple[float, ...]] = []
        self.kept = self.kept_of = self.kept_nodes = 0

    def start(self, parameters: Parameters) -> None:
        """The parameters before the first step."""
        self.before = {name: p.numpy(force=True).copy() for name, p in parameters.items()}

    def before_step(self, parameters: Parameters) -> None:
        """The gradients that a step goes by."""
        self._weights = {name: p.numpy(force=True).copy() for name, p in parameters.items()}
        grads = {name: p.grad.numpy(force=True) for name, p in parameters.items() if p.grad is not None}
        self.with_gradient |= {name for name, g in grads.items() if g.any()}
        self._length = _length(self._weights.values())
        self.gradients.append(_length(grads.values()) / (self._length or 1))

    def after_step(self, parameters: Parameters) -> None:
        """What a step changed."""
        changes = [p.numpy(force=True) - self._weights[name] for name, p in parameters.items() if name in self._weights]
        self.ratios.append(_length(changes) / (self._length or 1))
        self._weights = {}

    def looked(self, recorder: Recorder, x: Any) -> None:
        """Take over what a look has shown."""
        self.looks += bool(recorder.sequence)
        self.softmax = self.softmax or recorder.softmax
        self.broadcast = self.broadcast or recorder.broadcast
        self.sequence = recorder.sequence or self.sequence
        self.reached |= recorder.reached
        if recorder.inputs:
            self.inputs.append(recorder.inputs)
        if recorder.arriving:
            self.arriving.append(recorder.arriving)
        for number, (name, alive) in enumerate(recorder.units.values()):
            self.units.setdefault(name if name != "relu" else f"relu {number}", []).append(alive)
        for number, (name, share) in enumerate(recorder.limits.values()):
            self.limits.setdefault(name if " " in name else f"{name} {number}", []).append(share)
        if len(self.targets) < 400:
            self.targets += recorder.targets
        if x is not None and len(recorder.targets) == 1:
            self.samples.pair(x, recorder.targets[0])

    def kept_graphs(self, nodes: list[Any], of: int) -> None:
        """The losses of earlier steps that still have their graph."""
        if len(nodes) >= 5 and 2 * len(nodes) >= of and len(nodes) >= self.kept:
            self.kept, self.kept_of, self.kept_nodes = len(nodes), of, len(reachable(nodes))


def _length(arrays: Iterable[Array]) -> float:
    """Of all of them as one vector."""
    with np.errstate(all="ignore"):
        return math.sqrt(sum(float(np.vdot(a, a)) for a in arrays))
