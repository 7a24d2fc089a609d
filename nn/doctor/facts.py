"""What the doctor has seen, in numbers, without any opinion on them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.hooks import reachable

from ..module import Module
from .chains import Chains
from .close_look import CloseLook
from .layers_with_modes import BATCH_NORMS
from .meetings import Meeting
from .padded import Counted, Ended
from .probe import Probed
from .samples import Samples
from .step_facts import FLAT, StepFacts
from .subsets import norm, some
from .validation import Validation
from .what_was_learned import Outcome, Outcomes

Array = np.ndarray[Any, Any]
Parameters = Mapping[str, Tensor]


class Facts:
    """Counts over all steps, and figures from those that were looked at closely."""

    def __init__(self, optimizer: Any = None) -> None:
        self.stepping = StepFacts(optimizer)
        self.steps = self.backwards = self.forwards = self.silent_forwards = self.empty_roots = 0
        self.steps_after_forward = self.steps_without_gradient = self.stale_steps = 0
        self.evaluated_in_training = self.trained_in_evaluation = 0
        self.scheduled = self.scheduled_early = 0
        self.loss: float | None = None
        self.losses = array("d")
        self.broken: str | None = None  # where the first NaN or infinity appeared
        self.refused = False  # whether backward was refused because nothing had been recorded
        self.first_rates: list[float] = []
        self.samples = Samples()
        self.outcomes = Outcomes()
        self.validation = Validation()
        self.outcome: Outcome | None = None
        self.probed = Probed.none("the training ended in an error")

        self.looks = 0
        self.softmax: str | None = None
        self.broadcast: str | None = None
        self.mixed: str | None = None
        self.sequence: list[tuple[str, str]] = []
        self.units: dict[str, list[tuple[Array, int]]] = {}  # which were alive, and in how many samples
        self.limits: dict[str, list[float]] = {}
        self.targets: list[Array] = []
        self.targets_of_steps: list[list[Array]] = []  # of all losses of a step
        self.chains: Chains | None = None
        self.dropped: dict[str, list[float]] = {}  # the share that dropout leaves out, by its line
        self.meetings: list[Meeting] = []
        self.counted: list[Counted] = []  # padding beside targets
        self.ended: list[Ended] = []  # recurrent layers that ended in padding, one in each look
        self.dropouts: list[tuple[str, float] | None] = []  # the dropout that each compared output came straight from
        self.agreements: list[float] = []  # `Agreement.found`
        self.momenta: dict[str, list[tuple[float, int]]] = {}  # of batch norms, with the samples of the batch
        self.handed_over = False  # whether the state of a recurrent layer was what another began with
        self.reached: set[str] = set()
        self.arriving: list[dict[str, float]] = []
        self.own: set[int] | None = None  # the ids of the model's parameters in the last step that was looked at
        self.ratios: list[float] = []  # the norm of a step over that of all weights,
        self.ratios_at: list[int] = []  # and which steps these are
        self.gradients: list[float] = []  # the norm of the gradient over that of all weights
        self.with_gradient: set[str] = set()  # parameters with a gradient that is not all 0
        self.inputs: list[tuple[float, ...]] = []
        self.kept = self.kept_of = self.kept_nodes = 0
        self._weights: dict[str, Array] = {}

    def start(self, parameters: Parameters) -> None:
        """Keep the parameters as they are before the first step."""
        self.before = {name: p.numpy(force=True).copy() for name, p in parameters.items()}

    def normalised(self, model: Module, samples: int) -> None:
        """Note the momentum of each batch norm that has just followed a batch of so many samples in training mode."""
        for path, layer in model.named_modules():
            if isinstance(layer, BATCH_NORMS) and layer.training and layer.running_mean is not None:
                self.momenta.setdefault(path, []).append((layer.momentum or 0.0, samples))

    def before_step(self, parameters: Parameters, model: Module) -> None:
        """Note the gradients that a step uses."""
        self.own = {id(p) for p in model.parameters()}
        arrays = {name: p.numpy(force=True) for name, p in parameters.items()}
        self._weights = {name: some(a).copy() for name, a in arrays.items()}
        grads = {name: p.grad.numpy(force=True) for name, p in parameters.items() if p.grad is not None}
        self.with_gradient |= {name for name, g in grads.items() if g.any()}
        self._norm = norm(arrays.values(), self._weights.values())
        self.stepping.sizes.append(self._norm)
        self.gradients.append(norm(grads.values(), map(some, grads.values())) / (self._norm or 1))

    def after_step(self, parameters: Parameters) -> None:
        """Note what the step changed, if it had gradients."""
        if not self._weights:
            return
        arrays = {name: p.numpy(force=True) for name, p in parameters.items() if name in self._weights}
        changes = (some(a) - self._weights[name] for name, a in arrays.items())
        self.ratios.append(norm(arrays.values(), changes) / (self._norm or 1))
        self.ratios_at.append(self.steps)
        self._weights = {}

    def looked(self, look: CloseLook, x: Any) -> None:
        """Add what a close look has shown; `x` is the input of the model."""
        self.looks += bool(look.sequence)
        self.softmax = self.softmax or look.softmax
        self.broadcast = self.broadcast or look.broadcast
        self.sequence = look.sequence or self.sequence
        self.chains = look.chains if look.chains.layers else self.chains
        for line, share in look.chains.dropped.items():
            self.dropped.setdefault(line, []).append(share)
        self.stepping.flat |= {f"{name} at {line}": None for name, line in look.sequence if name in FLAT}
        self.counted += look.padded.counted
        self.ended += look.padded.ended[-1:]
        if len(self.dropouts) < 400:
            self.dropouts += look.dropouts
        self.agreements += look.agreement.found[:2]
        self.handed_over |= look.padded.handed_over
        self.reached |= look.reached
        self.mixed = self.mixed or look.mixing.told(x, look.compared)
        if look.inputs:
            self.inputs.append(look.inputs)
        if look.arriving:
            self.arriving.append(look.arriving)
        for number, (name, alive, samples) in enumerate(look.units.values()):
            self.units.setdefault(name if name != "relu" else f"relu {number}", []).append((alive, samples))
        for number, (name, share) in enumerate(look.limits.values()):
            self.limits.setdefault(name if " " in name else f"{name} {number}", []).append(share)
        if len(self.meetings) < 400:
            self.meetings += look.meetings
        if len(self.targets) < 400 and len(look.followed.used) <= len(look.targets):  # others may have other targets
            self.targets += look.targets
        if len(self.targets_of_steps) < 400 and look.targets:
            self.targets_of_steps.append(look.targets)
        if x is not None and len(look.targets) == 1:
            self.samples.pair(x, look.targets[0])

    def kept_graphs(self, nodes: list[Any], of: int) -> None:
        """Note the losses of earlier steps, out of so many, that still have their graph."""
        if len(nodes) >= 5 and 2 * len(nodes) >= of and len(nodes) >= self.kept:
            self.kept, self.kept_of, self.kept_nodes = len(nodes), of, len(reachable(nodes))
