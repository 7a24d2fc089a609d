"""`record_step`: when each layer of a training step was computed, and when each message of gradients was on its way."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, Self

from autograd.hooks import observe
from autograd.tools.module_calls import callable_members

from .data_parallel import DistributedDataParallel
from .shared_values import told_by_all


class Span(NamedTuple):
    """Something that a rank did, and when: in seconds, from the moment at which all ranks began to record.

    Attributes:
        kind: "forward" or "backward" for what it computed; "message" for gradients on their way, "sending" for the
            calls of MPI in which it got on with them in between, and "waiting" for what it waited after backward.
        name: the path of the module; of a message the number of its bucket.
        began, ended: from when until when.
    """

    kind: str
    name: str
    began: float
    ended: float


class record_step:
    """Record, on all ranks, when what was computed and sent in the `with` block.

        with dist.record_step(net) as step:
            criterion(net(x), y).backward()
        if dist.get_rank() == 0:
            print(step)               # how much of the sending went on behind backward
            step.draw("step.png")     # a picture of it

    All ranks must enter it, and leave it, at the same place; there they wait for each other. Seen are the recorded ops
    of this thread, by the module they are in, and the messages of backward; those of SyncBatchNorm count as the layer.
    That a message has arrived shows when MPI is next asked, which is after every gradient.

    Args:
        model: what averages the gradients.

    Attributes:
        ranks: the spans of every rank, as lists of `Span`; empty after an exception.

    It can be entered once; RuntimeError says so. Raises DistributedError as `barrier` does.
    """

    def __init__(self, model: DistributedDataParallel) -> None:
        self.model, self.ranks = model, list[list[Span]]()
        self._own: list[Span] = []
        self._passes: list[list[_Message]] = []  # the messages of each backward
        self._paths: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()  # of nodes
        self._calls: list[str] = []
        self._ends: list[Callable[[], Any]] = []
        self._zero = self._since = 0.0

    def __enter__(self) -> Self:
        if self._zero:
            raise RuntimeError("record_step: expected to be entered once, make another one for another step")
        self._thread = threading.get_ident()
        for path, module in callable_members({"": self.model.module}):
            self._ends.append(module.register_forward_pre_hook(partial(self._called, path)).remove)
            self._ends.append(module.register_forward_hook(self._returned, always_call=True).remove)
        for number, bucket in enumerate(self.model.buckets):
            bucket.start_by = partial(self._sent, str(number))
        self._ends.append(observe(self))
        told_by_all(self.model.group, None, "beginning of the record of a step")
        self._zero = perf_counter()
        return self

    def __exit__(self, kind: Any, *exception: object) -> None:
        while self._ends:
            self._ends.pop()()
        for bucket in self.model.buckets:
            bucket.start_by = None
        for messages in filter(None, self._passes):
            ended = max(message.ended for message in messages)
            self._own += [Span("message", message.name, message.began, message.ended) for message in messages]
            self._own.append(Span("waiting", "", messages[-1].begun, ended))
        if kind is None:
            self.ranks = told_by_all(self.model.group, self._own, "record of a step")

    # -- what it says -------------------------------------------------------------------------------------------------

    def seconds(self, kind: str, rank: int = 0) -> float:
        """For how long spans of a kind went on, at least one at a time."""
        total = end = 0.0
        for span in sorted((span for span in self.ranks[rank] if span.kind == kind), key=lambda span: span.began):
            total += max(0.0, span.ended - max(span.began, end))
            end = max(end, span.ended)
        return total

    def hidden(self, rank: int = 0) -> float:
        """Of the time for which messages were on their way, the share in which backward went on: from 0 to 1."""
        sent = self.seconds("message", rank)
        return 1 - self.seconds("waiting", rank) / sent if sent else 0.0

    def draw(self, path: str | os.PathLike[str], heading: str = "A training step") -> Path:
        """Draw what each rank computed, by layer, and below it when gradients were on their way to the others.

        The ending of the path decides the format: .png, .svg or .pdf. Returns the path. Raises ValueError for another
        ending and for a record without a span, ImportError without Matplotlib.
        """
        from ..plot.rank_timelines import step_timeline

        step_timeline(self, path, heading)
        return Path(path)

    def __repr__(self) -> str:
        return "\n".join(map(self._line, range(len(self.ranks)))) or "<record_step: nothing yet>"

    def _line(self, rank: int) -> str:
        kinds = {"forward": "forward", "backward": "backward", "sending": "in MPI meanwhile", "waiting": "waiting"}
        parts = ", ".join(f"{told} {self.seconds(kind, rank) * 1e3:.1f} ms" for kind, told in kinds.items())
        sent = f"messages {self.seconds('message', rank) * 1e3:.1f} ms, {self.hidden(rank):.0%} of them behind backward"
        return f"rank {rank}: {parts}; {sent}"

    # -- what it is told ----------------------------------------------------------------------------------------------

    def recorded(self, node: Any, inputs: Any, out: Any) -> None:
        """An op of the forward pass."""
        if threading.get_ident() == self._thread:
            self._paths[node] = path = self._calls[-1] if self._calls else ""
            self._computed("forward", path)

    def backward_started(self, roots: Any) -> None:
        """A backward pass begins."""
        if threading.get_ident() == self._thread:
            self._passes.append([])
            self._since = self._now()

    def pulled(self, node: Any, g: Any, gradients: Any) -> None:
        """An op of the backward pass."""
        if threading.get_ident() == self._thread:
            self._computed("backward", self._paths.get(node, ""))

    def inside(self, began: float, ended: float) -> None:
        """MPI was at work; after the last message of a pass has begun, that is waiting."""
        if self._own and self._own[-1].kind == "backward":
            self._own[-1] = Span(*self._own[-1][:3], began)  # what came was put beside others of its message
        if len(self._passes[-1]) < len(self.model.buckets):
            self._own.append(Span("sending", "", began, ended))
        self._since = ended

    def _called(self, path: str, *_: Any) -> None:
        if not self._calls:
            self._since = self._now()
        self._calls.append(path)

    def _returned(self, *_: Any) -> None:
        self._calls.pop()

    def _computed(self, kind: str, path: str) -> None:
        now, last = self._now(), self._own[-1] if self._own else None
        if last is not None and last[:2] == (kind, path) and last.ended == self._since:
            self._own[-1] = Span(kind, path, last.began, now)
        else:
            self._own.append(Span(kind, path, self._since, now))
        self._since = now

    def _sent(self, name: str, start: Callable[[], Any]) -> _Message:
        began = self._now()
        message = _Message(self, name, began, start())
        message.begun = self._now()
        self.inside(began, message.begun)
        self._passes[-1].append(message)
        return message

    def _now(self) -> float:
        return perf_counter() - self._zero


class _Message:
    """The request of a message, and when it began and ended."""

    def __init__(self, record: record_step, name: str, began: float, request: Any) -> None:
        self.record, self.name, self.began, self.request = record, name, began, request
        self.begun = self.ended = began

    def Test(self) -> bool:
        """Whether it has ended."""
        began = self.record._now()
        done = bool(self.request.Test())
        now = self.record._now()
        if done and self.ended == self.began:  # for the first time
            self.ended = now
        self.record.inside(began, now)
        return done
