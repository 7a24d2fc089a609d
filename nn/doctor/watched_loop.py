"""The context manager `doctor`: what it attaches to a training loop, and when it looks closely.

A few numbers are noted in every step. In the first steps, and then ever more rarely, the engine also tells a
`CloseLook` of every op. All of this is removed at the end, and none of it changes the training.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from typing import Any

from autograd import Tensor, is_grad_enabled
from autograd.hooks import Node, node_of, observe, reachable, register_backward_hook

from ..module import Module
from ..notebook_bar import present
from ..optim import Optimizer
from . import checks
from .close_look import CloseLook, guarded
from .facts import Facts
from .inert_copies import Watching
from .layers_with_modes import has_modes
from .mistakes import MISTAKES
from .new_optimizers import Successors, trained_by, wrap
from .probe import Kept, kept_call, probe
from .report import Report
from .what_was_learned import judge

FIRST_LOOKS = 3  # consecutive steps that are looked at closely
RARER = 1.5  # from look to look the number of steps in between grows by this factor,
SELDOM = 200  # up to so many
LONGEST_LOOK = 64  # backward passes in a look that no step ends
MOST_EVALUATIONS = 2000  # evaluation batches that are compared with the training data
SHORT_LIFE = 500  # steps of an optimizer: one that takes over later begins another phase of training


class doctor:
    """Watch a training loop, of whatever form, and report the mistakes that do not crash.

        with doctor(model, optimizer) as report:
            for x, y in loader:
                ...                  # the loop as it is
        print(report)

    Args:
        model: the model being trained.
        optimizer: what updates its parameters.
        scheduler: to check that it steps after the optimizer.
        valid: the validation data, to check that none of them are training data: a DataLoader, a data set or a tuple of
            arrays. Without it, the inputs of calls under `no_grad` are taken for validation data.
        verbose: print the report at the end.

    The report is complete when the block ends; an error that ends it is raised as usual. Weights, gradients and random
    numbers are the same, bit for bit, as without a doctor.

    Raises TypeError for a model that is not a Module, and for an optimizer or scheduler without a `step` method.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        *,
        scheduler: Any = None,
        valid: Any = None,
        verbose: bool = False,
    ) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"doctor: the model is a {type(model).__name__}, expected a Module")
        for name, stepped in {"optimizer": optimizer, "scheduler": scheduler or optimizer}.items():
            if not callable(getattr(stepped, "step", None)):
                raise TypeError(f"doctor: the {name} is a {type(stepped).__name__}, expected an object with a step()")
        self.model, self.optimizer, self.scheduler, self.verbose = model, optimizer, scheduler, verbose
        self.report = Report()
        self._valid = valid

    def __enter__(self) -> Report:
        self.facts = Facts(self.optimizer)
        self.failed: str | None = None  # what went wrong in the doctor itself
        self.report.unchecked = [f"{code}: not looked for yet" for code in MISTAKES]
        self._undo: list[Callable[[], Any]] = []
        self._look: CloseLook | None = None
        self._look_ends: list[Callable[[], Any]] = []
        self._next_look, self._gap, self._backwards_in_look = 1, 1.0, 0
        self._x: Any = None  # the newest input of the model in this look
        self._kept: Kept | None = None  # its newest call in the last look
        self._roots: deque[weakref.ref[Any]] = deque(maxlen=64)  # the nodes of the last losses
        self._forward_since = False  # whether the model was called with recording since the last backward
        self._backward_since = False  # since the last step
        self._cleared = True
        self._probe: Tensor | None = None  # the parameter whose gradient shows whether gradients are cleared
        self._training = self.model.training
        self.parameters = dict(self.model.named_parameters())
        self.modes = [
            layer
            for parent in self.model.modules()
            for layer in parent.children()
            if has_modes(layer) and any(p.requires_grad for p in parent.parameters())
        ]
        self._prepare()
        self._unwrap_step = wrap(self.optimizer, "step", self._watched_step)
        if self.scheduler is not None:
            self._undo.append(wrap(self.scheduler, "step", self._watched_schedule))
            self.facts.stepping.scheduler = type(self.scheduler).__name__

        def called(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
            if module is self.model:  # and not a copy, which has its hooks too
                self._called(args, kwargs, output)

        ends = self.model.register_forward_hook(Watching(called), with_kwargs=True)
        for handle in ends, register_backward_hook(self._going_back):
            self._undo.append(handle.remove)
        self._expect_others()
        self._begin_look()
        return self.report

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._end_look()
        for undo in reversed([self._unwrap_step, *self._undo]):
            undo()
        self._finish(error)
        if self.failed is not None:
            told = f"one close look, which failed: {self.failed}"
            self.report.unchecked.append(told.replace("\n", " "))
        if self.verbose:
            present(self.report)

    # -- every step ---------------------------------------------------------------------------------------------------

    @guarded
    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        facts, x = self.facts, args[0] if args else None
        if not is_grad_enabled():
            facts.silent_forwards += 1
            if self.model.training:
                facts.evaluated_in_training += any(layer.training for layer in self.modes)
            if facts.silent_forwards <= MOST_EVALUATIONS:
                facts.validation.called(facts.samples, facts.outcomes, facts.steps, x, output)
            return
        self._forward_since, self._training = True, self.model.training
        facts.forwards += 1
        given = _is_given(x)
        if given and facts.samples.looking:
            facts.samples.trained_on(x)
        if self._look is not None:
            self._x, self._kept = x, kept_call(args, kwargs)
            facts.normalised(self.model, len(x) if isinstance(x, Tensor) and x.ndim else 0)
            if given:
                facts.validation.trained_on(x)
            for tensor in _tensors(output):
                self._look.is_output(node_of(tensor))

    @guarded
    def _going_back(self, roots: list[Tensor]) -> None:
        facts = self.facts
        facts.backwards += 1
        facts.stepping.going_back(self._probe, not self._backward_since)
        self._forward_since, self._backward_since = False, True
        if not self._cleared and (grad := self._probe.grad if self._probe is not None else None) is not None:
            self._cleared = not grad.numpy(force=True).any()
        else:
            self._cleared = True
        root = roots[0]
        node = node_of(root)
        if node is None or not node.edges:
            facts.empty_roots += 1
            return
        self._roots.append(weakref.ref(node))
        if root.numel() == 1:
            facts.loss = loss = root.item()
            if not isfinite(loss) and facts.broken is None:
                self._diverged(node)
        if self._look is not None:
            found, self._look.answers = self._look.answers, []
            if root.numel() == 1:
                facts.outcomes.add(facts.steps + 1, found, root.item())
                facts.stepping.root(node, root.item(), self.parameters, self._look.followed.differences)
            self._backwards_in_look += 1
            if self._backwards_in_look >= LONGEST_LOOK:
                self._end_look()

    def _diverged(self, node: Any) -> None:
        if {node_of(p) for p in self.parameters.values()}.isdisjoint(reachable([node])):  # the loss of another model
            return
        place = (self._look and self._look.broken) or checks.first_broken(node, self.facts)
        self.facts.broken = f"the loss is {self.facts.loss} in step {self.facts.steps + 1}: {place}"

    def _watched_step(self, step: Callable[..., Any], closure: Callable[[], Any] | None = None) -> Any:
        if closure is None:
            self._before_step()
            result = step()
        else:

            def watched() -> Any:
                loss = closure()
                self._before_step()
                return loss

            result = step(watched)
        self._after_step()
        return result

    @guarded
    def _before_step(self) -> None:
        facts = self.facts
        facts.steps += 1
        if facts.loss is not None:
            facts.losses.append(facts.loss)
        if self._forward_since:
            facts.steps_after_forward += 1
        if self._probe is None or self._probe.grad is None:
            self._probe = min(
                (p for p in self.parameters.values() if p.grad is not None), key=Tensor.numel, default=None
            )
        grad = self._probe.grad if self._probe is not None else None
        if grad is None:
            facts.steps_without_gradient += 1
            return
        facts.stepping.before_step(self._probe)
        if self.modes and not self._training:
            facts.trained_in_evaluation += 1
        if not self._cleared and facts.steps > 1 and self._backward_since:
            facts.stale_steps += 1
        if facts.broken is None and not isfinite(grad.numpy(force=True).sum()):
            place = (self._look and self._look.broken) or checks.suspect(facts)
            facts.broken = f"a gradient is NaN or infinite in step {facts.steps}: {place}"
        if self._look is not None:
            facts.before_step(self.parameters, self.model)

    @guarded
    def _after_step(self) -> None:
        self._cleared = self._backward_since = self._forward_since = False
        facts = self.facts
        facts.stepping.after_step(self._probe)
        if facts.steps == 1:
            facts.first_rates = [group["lr"] for group in self.optimizer.param_groups]
        if self._look is not None:
            facts.after_step(self.parameters)
            self._end_look()
        if facts.steps + 1 >= self._next_look:
            self._begin_look()

    def _watched_schedule(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.facts.scheduled += 1
        self.facts.scheduled_early += not self.facts.steps
        return step(*args, **kwargs)

    # -- another optimizer --------------------------------------------------------------------------------------------

    def _expect_others(self) -> None:
        self._undo.append(Successors(lambda: self.optimizer, self.follow).end)

    def follow(self, optimizer: Optimizer) -> bool:
        """Watch a new optimizer, if it takes over what the other has begun to train; returns whether it does."""
        steps, stepping = self.facts.steps, self.facts.stepping
        same = trained_by(optimizer) == trained_by(self.optimizer)
        if not same or steps - stepping.begun[-1] > SHORT_LIFE or (steps and not stepping.same_weights(self._probe)):
            return False
        stepping.renewed(optimizer, steps)
        self._unwrap_step()
        self.optimizer = optimizer
        self._unwrap_step = wrap(optimizer, "step", self._watched_step)
        return True

    # -- close looks --------------------------------------------------------------------------------------------------

    @guarded
    def _begin_look(self) -> None:
        step = self.facts.steps + 1
        if step > FIRST_LOOKS:
            self._gap = min(self._gap * RARER + 1, SELDOM)
        self._next_look = step + round(self._gap)
        self._backwards_in_look = 0
        self._look = look = CloseLook({node_of(p): name for name, p in self.parameters.items() if p.requires_grad})
        self._look_ends.append(observe(look))
        for path, module in self.model.named_modules():
            if path and not next(module.children(), None):
                name = f"{type(module).__name__} {path}"
                handle = module.register_forward_hook(Watching(_naming(look, name)))
                self._look_ends.append(handle.remove)

    @guarded
    def _end_look(self) -> None:
        look, self._look = self._look, None
        while self._look_ends:
            self._look_ends.pop()()
        if look is None:
            return
        self.failed = look.failed or self.failed
        self._count_kept_graphs()
        self.facts.looked(look, self._x)
        if look.wanted and self._kept is not None:
            self._kept.targets = look.wanted
        self._x = None

    def _count_kept_graphs(self) -> None:
        earlier = list(self._roots)[:-2]
        self.facts.kept_graphs([node for root in earlier if (node := root()) is not None], len(earlier))

    # -- the beginning and the end ------------------------------------------------------------------------------------

    @guarded
    def _prepare(self) -> None:
        self.facts.start(self.parameters)
        if self._valid is not None:
            self.facts.samples.take_valid(self._valid)

    @guarded
    def _finish(self, error: BaseException | None) -> None:
        facts, report = self.facts, self.report
        self._count_kept_graphs()
        facts.refused = isinstance(error, RuntimeError) and "does not require grad" in str(error)
        report.outcome = facts.outcome = judge(facts.outcomes, facts.losses)
        if not isinstance(error, Exception):
            facts.probed = probe(self.model, self._kept)
        self._kept = None
        report.findings, report.unchecked = checks.examine(facts, self.model, self.optimizer, self.modes)
        report.steps = facts.steps


def _is_given(x: Any) -> bool:
    """Whether inputs come from the program, and not from another model that is trained."""
    return not (isinstance(x, Tensor) and isinstance(node_of(x), Node))


def _naming(look: CloseLook, layer: str) -> Callable[..., None]:
    def hook(module: Module, args: Any, output: Any) -> None:
        with suppress(Exception):
            for tensor in _tensors(output):
                look.name_layer(node_of(tensor), layer)

    return hook


def _tensors(output: Any) -> list[Tensor]:
    """The tensors in an output, however it is nested."""
    if isinstance(output, Tensor):
        return [output]
    if isinstance(output, list | tuple):
        return [tensor for part in output for tensor in _tensors(part)]
    parts = output if isinstance(output, dict) else getattr(output, "__dict__", {})
    return [tensor for part in parts.values() if not isinstance(part, Module) for tensor in _tensors(part)]
