"""One optimizer of a program, and the models it trains: which they are is known when they are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakSet

from autograd import Tensor
from autograd.hooks import RemovableHandle

from ..module import Module
from ..optim import Optimizer
from .bounded_watch import BoundedWatch, Bounds
from .close_look import guarded
from .inert_copies import Watching
from .loose_tensors import LooseTensors
from .modules_in_memory import every_module, is_part, name_in, outermost, owners
from .program_frames import program_frame
from .report import Finding, Report, finding, primary
from .untrained import Untrained

STEADY = 10  # steps, after which a module without an optimizer is looked for
UNSEEN = "everything: no model with parameters of this optimizer was called, and it made no step"


@dataclass
class Seen:
    """What is told of a training.

    Attributes:
        model: its models, by name, class and size.
        optimizer: the name of its class.
        lines: of the program, where things first happened: "optimizer", "call", "quiet call", "backward", "step".
        ended: whether a bound ended the watch, so that the rest of the training was not seen.
        report: what was found.
        losses: the loss of every step.
        sizes: by name, in every close look: the norms of the gradient and of the step, over that of the weights.
    """

    model: str
    optimizer: str
    lines: dict[str, str]
    ended: bool
    report: Report
    losses: list[float]
    sizes: dict[str, list[float]]


class Training:
    """An optimizer that was just made, at `line` of the program, whose names `frame` knows.

    The models are the outermost modules that are called and hold its parameters. Parameters that no module has are
    watched at once. `others` gives the ids of what all optimizers train, `ever` of what any has trained;
    the modules `before` were trained by something else before the program began.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        line: str,
        frame: Any,
        bounds: Bounds,
        others: Callable[[], set[int]],
        ever: Callable[[], set[int]],
        before: WeakSet[Module],
    ) -> None:
        self.kind, self.lines, self.bounds, self.others = type(optimizer).__name__, {"optimizer": line}, bounds, others
        self._ever, self._untrained, self._left_out = ever, Untrained(before), list[str]()
        self.failed: str | None = None  # what went wrong in here
        self.ended = False
        self.watches: list[BoundedWatch] = []
        self.seen: Seen | None = None
        self._optimizer: Optimizer | None = optimizer
        self._scheduler: Any = None
        self._early = 0  # steps of the scheduler before anything was watched
        self._first_steps = 0  # of the optimizer; only a few are counted
        self._waiting: dict[int, tuple[RemovableHandle, ...]] = {}  # hooks on modules by their ids
        self._undo: list[Callable[[], Any]] = []
        self._candidates: dict[int, Module] = {}
        self._names: dict[int, str] = {}
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self._find(frame)

    @property
    def steps(self) -> int:
        """How many steps have been watched."""
        return max((watch.facts.steps for watch in self.watches), default=0)

    @guarded
    def _find(self, frame: Any) -> None:
        assert self._optimizer is not None
        self._candidates = {id(module): module for module in owners(self.parameters)}
        self._names = {id(m): name for m in self._candidates.values() if (name := name_in(frame, m))}
        for key, module in self._candidates.items():
            begun = module.register_forward_pre_hook(Watching(self._called))
            self._waiting[key] = begun, module.register_forward_hook(Watching(self._returned), with_kwargs=True)
        self._hook = self._optimizer.register_step_pre_hook(Watching(self._stepping)).remove
        self._undo.append(self._hook)
        inside = {id(value) for module in self._candidates.values() for value in vars(module).values()}
        if loose := [p for p in self.parameters if id(p) not in inside]:
            names = [name_in(frame, p) or f"parameter {i}" for i, p in enumerate(loose)]
            self._watch(LooseTensors(dict(zip(names, loose, strict=True))))

    @guarded
    def _called(self, module: Module, args: tuple[Any, ...]) -> None:
        root = self._outermost_running(module)
        taken = {id(p) for watch in self.watches for p in watch.model.parameters()}
        if not any(id(p) in taken for p in root.parameters()):
            self._watch(root)
        for inner in [root, *root.modules()]:
            for handle in self._waiting.pop(id(inner), ()):
                handle.remove()

    @guarded
    def _returned(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """Tell the watch that began with this call of its model of the output: its own hook came too late for it."""
        for watch in self.watches:
            if watch.model is module:
                watch._called(args, kwargs, output)

    def _outermost_running(self, module: Module) -> Module:
        """The module that is called, or one around it whose method is running, although it was not called itself.

        The method is `forward`; or any other, if a single layer is called, and the optimizer has all of what is around.
        """
        trained = {id(p) for p in self.parameters}
        frame: Any = inspect.currentframe()
        while frame is not None:
            code = frame.f_code
            first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
            around = self._candidates.get(id(first), module)
            if around is first and is_part(module, around):
                whole = next(module.children(), None) is None and all(id(p) in trained for p in around.parameters())
                module = around if code.co_name == "forward" or whole else module
            frame = frame.f_back
        return module

    @guarded
    def _stepping(self, *given: Any) -> None:
        """In the first steps, look for models with gradients that no optimizer trains.

        If no model was called before the second step, the largest of them is watched.
        """
        self._first_steps += 1
        if self._first_steps == STEADY and any(not isinstance(watch.model, LooseTensors) for watch in self.watches):
            self._untrained.look(self._ever(), program_frame())
        if self._first_steps > STEADY:
            self._untrained.look_again()
            self._undo.remove(self._hook)
            self._hook()
        if self._first_steps == 2 and not self.watches:
            trained = self.others()
            strange = [
                module
                for module in outermost(every_module())
                if any(p.grad is not None and id(p) not in trained for p in module.parameters())
            ]
            if strange:
                self._watch(max(strange, key=weights))

    def _watch(self, model: Module) -> None:
        assert self._optimizer is not None
        watch = BoundedWatch(
            model, self._optimizer, self._scheduler, lines=self.lines, bounds=self.bounds, leave=self._enough
        )
        watch.__enter__()
        watch.facts.scheduled = watch.facts.scheduled_early = self._early
        self.watches.append(watch)

    def scheduled_by(self, scheduler: Any, line: str) -> None:
        """A scheduler of the optimizer was made; the last one counts."""
        if self.watches or self.seen or scheduler is self._scheduler:
            return
        self._scheduler, self._early, step = scheduler, 0, scheduler.step
        self.lines["scheduler"] = line

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._early += not self.watches
            return step(*args, **kwargs)

        scheduler.step = counted
        self._undo.insert(0, lambda: vars(scheduler).pop("step", None))

    def follow(self, optimizer: Optimizer) -> bool:
        """Go on with a new optimizer, if it takes over what this one has begun to train; returns whether it does."""
        return bool(self.watches) and all([watch.follow(optimizer) for watch in self.watches])

    def _enough(self) -> None:
        self.ended = True
        self.leave(None)

    def leave(self, error: BaseException | None) -> None:
        """End the watch: take everything away, make the report, and hold nothing of the program any more."""
        if self.seen is not None:
            return
        for watch in reversed(self.watches):
            watch.__exit__(type(error) if error is not None else None, error, error and error.__traceback__)
        for undo in [*(handle.remove for handles in self._waiting.values() for handle in handles), *self._undo]:
            undo()
        self._left_out = self._untrained.at_end(self._ever())
        self.seen = self._tell()
        self.watches, self.parameters, self._optimizer, self._scheduler = [], [], None, None
        self._candidates, self._waiting, self._undo = {}, {}, []

    def _tell(self) -> Seen:
        models = [watch.model for watch in self.watches] or outermost(self._candidates.values())
        facts = [watch.facts for watch in self.watches]
        return Seen(
            " and ".join(self._told(model) for model in models) or "no model",
            self.kind,
            self.lines,
            self.ended,
            self._report(),
            max((list(each.losses) for each in facts), key=len, default=[]),
            {"gradient / weights": facts[0].gradients, "step / weights": facts[0].ratios} if facts else {},
        )

    def _strangers(self) -> list[Finding]:
        every = "optimizer = optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=0.1)  # all that is trained"
        return [finding("not_moved", told, every) for told in self._left_out]

    def _told(self, model: Module) -> str:
        if isinstance(model, LooseTensors):
            return f"the tensors {', '.join(name for name, _ in model.named_parameters())}"
        name, size = self._names.get(id(model), ""), weights(model)
        return f"{f'{name}, a ' if name else ''}{type(model).__name__} with {size:,} parameters"

    def _report(self) -> Report:
        """One report for all models of this optimizer: what concerns the loop is said once."""
        reports = [watch.report for watch in self.watches]
        if not reports:
            return Report([], [UNSEEN + (f" ({self.failed})" if self.failed else "")])
        told = [*(each for report in reports for each in report.findings), *self._strangers()]
        findings = {(each.code, each.evidence): each for each in (primary(told) if self._left_out else told)}
        found = {code for code, _ in findings}
        open_ = [line for report in reports for line in report.unchecked if line.partition(":")[0] not in found]
        if self.failed:
            open_.append(f"a part of the program's models, for which the doctor failed: {self.failed}")
        return replace(reports[0], findings=list(findings.values()), unchecked=unique(open_), steps=self.steps)


def weights(model: Module) -> int:
    """The number of weights of a model."""
    return sum(p.numel() for p in model.parameters() if isinstance(p, Tensor))


def unique(lines: Iterable[str]) -> list[str]:
    """The lines, each once, in their order."""
    return list(dict.fromkeys(lines))
