"""How the doctor watches: what hangs on model, optimizer and scheduler while it does, and when it looks closely.

Every step, a few numbers are noted. On the first steps, and then ever more rarely, it looks closely: the engine tells a
`Recorder` of each op. All of that is taken away at the end, and none of it changes the training.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from math import isfinite
from types import MethodType
from typing import Any

from autograd import Tensor, is_grad_enabled
from autograd.core.engine import reachable
from autograd.core.listening import observe, register_backward_hook

from ..layers import BatchNorm1d, BatchNorm2d, Dropout
from ..module import Module
from ..optim import Optimizer
from . import checks
from .facts import Facts
from .op_recorder import Recorder, guarded
from .report import MISTAKES, Report

FIRST_LOOKS = 3  # steps that are looked at one after the other
RARER = 1.5  # from look to look the number of steps grows by this,
SELDOM = 200  # up to one in so many steps
LONGEST_LOOK = 64  # backward passes that a look may last, where no step ends it
MODES = (Dropout, BatchNorm1d, BatchNorm2d)  # layers that behave differently in training and evaluation


class doctor:
    """Watch a training, whatever its loop, and report the mistakes that do not crash.

        with doctor(model, optimizer) as report:
            for x, y in loader:
                ...                  # the loop as it is
        print(report)

    Args:
        model: the model that is trained.
        optimizer: what moves its parameters.
        scheduler: to see whether it is stepped after the optimizer.
        valid: the validation data, to see whether samples of the training data are among them: a DataLoader, a data
            set or a tuple of arrays. Without it, inputs that no backward follows are taken for such.
        verbose: print the report at the end.

    The report is made when the block ends, also by an error, which goes on. Weights, gradients and random numbers are
    those of a training without a doctor, bit for bit.
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
        self.facts = Facts()
        self.failed: str | None = None  # what went wrong with the doctor itself
        self.report.unchecked = [f"{code}: not looked for yet" for code in MISTAKES]
        self._undo: list[Callable[[], Any]] = []
        self._recorder: Recorder | None = None
        self._look_ends: list[Callable[[], Any]] = []
        self._next_look, self._gap, self._backwards_in_look = 1, 1.0, 0
        self._roots: deque[weakref.ref[Any]] = deque(maxlen=64)
        self._forward_since = False  # whether the model was called, for training, after the last backward
        self._backward_since = False  # since the last step
        self._cleared = True
        self._probe: Tensor | None = None  # the parameter whose gradient tells whether gradients are cleared
        self._start()
        self._wrap(self.optimizer, "step", self._watched_step)
        if self.scheduler is not None:
            self._wrap(self.scheduler, "step", self._watched_schedule)

        def called(module: Module, args: tuple[Any, ...], output: Any) -> None:
            if module is self.model:  # and not a copy, which has its hooks, too
                self._called(args, output)

        for handle in self.model.register_forward_hook(called), register_backward_hook(self._going_back):
            self._undo.append(handle.remove)
        self._begin_look()
        return self.report

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._end_look()
        for undo in reversed(self._undo):
            undo()
        self._finish(error)
        if self.failed is not None:
            told = f"what one of the looks would have shown: it failed with {self.failed}"
            self.report.unchecked.append(told.replace("\n", " "))
        if self.verbose:
            print(self.report)

    # -- what happens in every step -----------------------------------------------------------------------------------

    @guarded
    def _called(self, args: tuple[Any, ...], output: Any) -> None:
        facts, module = self.facts, self.model
        x = args[0] if args else None
        if is_grad_enabled():
            self._forward_since = True
            facts.forwards += 1
            self._training = module.training
            if facts.samples.looking or self._recorder is not None:
                self._see(x, output)
        else:
            facts.silent_forwards += 1
            if module.training and self.modes:
                facts.evaluated_in_training += any(layer.training for layer in self.modes)
            if facts.evaluations < 2000:
                self._see_evaluation(x)

    def _see(self, x: Any, output: Any) -> None:
        if self.facts.samples.looking:
            self.facts.samples.trained_on(x)
        if self._recorder is not None:
            self._x = x
            for tensor in _tensors(output):
                self._recorder.is_output(tensor._node)

    def _see_evaluation(self, x: Any) -> None:
        self.facts.evaluations += 1
        self.facts.samples.validated_on(x)

    @guarded
    def _going_back(self, roots: list[Tensor]) -> None:
        facts = self.facts
        facts.backwards += 1
        self._forward_since, self._backward_since = False, True
        if not self._cleared and (grad := self._probe.grad if self._probe is not None else None) is not None:
            self._cleared = not grad.numpy(force=True).any()
        else:
            self._cleared = True
        root = roots[0]
        node = root._node
        if node is None or not node.edges:
            facts.empty_roots += 1
            return
        self._roots.append(weakref.ref(node))
        if root.numel() == 1:
            facts.loss = loss = root.item()
            if not isfinite(loss) and facts.broken is None:
                self._diverged(node)
        if self._recorder is not None:
            self._backwards_in_look += 1
            if self._backwards_in_look >= LONGEST_LOOK:
                self._end_look()

    def _diverged(self, node: Any) -> None:
        own = {p._node for p in self.parameters.values()}
        if own.isdisjoint(reachable([node])):  # the loss of another model
            return
        recorder = self._recorder
        place = recorder.broken if recorder is not None and recorder.broken else checks.first_broken(node, self.facts)
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
        if self.modes and not self._training:
            facts.trained_in_evaluation += 1
        if not self._cleared and facts.steps > 1 and self._backward_since:
            facts.stale_steps += 1
        if facts.broken is None and not isfinite(grad.numpy(force=True).sum()):
            place = (self._recorder and self._recorder.broken) or checks.suspect(facts)
            facts.broken = f"a gradient is NaN or infinite in step {facts.steps}: {place}"
        if self._recorder is not None:
            facts.before_step(self.parameters)

    @guarded
    def _after_step(self) -> None:
        self._cleared = self._backward_since = self._forward_since = False
        facts = self.facts
        if facts.steps == 1:
            facts.first_rates = [group["lr"] for group in self.optimizer.param_groups]
        if self._recorder is not None:
            facts.after_step(self.parameters)
            self._end_look()
        if facts.steps + 1 >= self._next_look:
            self._begin_look()

    def _watched_schedule(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.facts.scheduled += 1
        self.facts.scheduled_early += not self.facts.steps
        return step(*args, **kwargs)

    # -- looks --------------------------------------------------------------------------------------------------------

    @guarded
    def _begin_look(self) -> None:
        step = self.facts.steps + 1
        if step > FIRST_LOOKS:
            self._gap = min(self._gap * RARER + 1, SELDOM)
        self._next_look = step + round(self._gap)
        self._backwards_in_look = 0
        leaves = {id(p._node): name for name, p in self.parameters.items() if p.requires_grad}
        self._recorder = recorder = Recorder(leaves)
        self._look_ends.append(observe(recorder))
        for path, module in self.model.named_modules():
            if path and not next(module.children(), None):
                handle = module.register_forward_hook(_naming(recorder, f"{type(module).__name__} {path}"))
                self._look_ends.append(handle.remove)

    @guarded
    def _end_look(self) -> None:
        recorder, self._recorder = self._recorder, None
        while self._look_ends:
            self._look_ends.pop()()
        if recorder is None:
            return
        self.failed = recorder.failed or self.failed
        alive = [node for ref in list(self._roots)[:-2] if (node := ref()) is not None]
        self.facts.kept_graphs(alive, len(self._roots) - 2)
        self.facts.looked(recorder, getattr(self, "_x", None))
        self._x = None

    # -- the beginning and the end ------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._training = self.model.training
        self.parameters = dict(self.model.named_parameters())
        self.modes = [
            layer
            for parent in self.model.modules()
            for layer in parent.children()
            if isinstance(layer, MODES) and any(p.requires_grad for p in parent.parameters())
        ]
        self._prepare()

    @guarded
    def _prepare(self) -> None:
        self.facts.start(self.parameters)
        if self._valid is not None:
            self.facts.samples.take_valid(self._valid)

    @guarded
    def _finish(self, error: BaseException | None) -> None:
        facts = self.facts
        alive = [node for ref in list(self._roots)[:-2] if (node := ref()) is not None]
        facts.kept_graphs(alive, len(self._roots) - 2)
        facts.refused = isinstance(error, RuntimeError) and "does not require grad" in str(error)
        findings, unchecked = checks.examine(facts, self.model, self.optimizer, self.modes)
        self.report.findings, self.report.unchecked, self.report.steps = findings, unchecked, facts.steps

    def _wrap(self, owner: Any, name: str, watched: Callable[..., Any]) -> None:
        """Put `watched(original, *args)` in the place of a method of one object; its copies keep their own."""
        own, original = vars(owner).get(name), getattr(owner, name)

        @wraps(original)
        def call(me: Any, *args: Any, **kwargs: Any) -> Any:
            return watched(original, *args, **kwargs) if me is owner else getattr(type(me), name)(me, *args, **kwargs)

        setattr(owner, name, MethodType(call, owner))
        self._undo.append(lambda: setattr(owner, name, own) if own is not None else delattr(owner, name))


def _naming(recorder: Recorder, path: str) -> Callable[..., None]:
    def hook(module: Module, args: Any, output: Any) -> None:
        with suppress(Exception):
            for tensor in _tensors(output):
                recorder.named(tensor._node, path)

    return hook


def _tensors(output: Any) -> list[Tensor]:
    """The tensors in an output, however it is made up."""
    if isinstance(output, Tensor):
        return [output]
    if isinstance(output, list | tuple):
        return [tensor for part in output for tensor in _tensors(part)]
    parts = output if isinstance(output, dict) else getattr(output, "__dict__", {})
    return [tensor for part in parts.values() if not isinstance(part, Module) for tensor in _tensors(part)]
