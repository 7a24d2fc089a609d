"""Optimizers that a loop makes for parameters that another has begun to train, and the methods that are wrapped."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import Any

from ..optim import Optimizer

Call = Callable[[Optimizer], Any]
_listeners: list[Call] = []
_taken_away: list[Callable[[], None]] = []


class Successors:
    """Calls `follow(optimizer)` before the first step of any new optimizer of the same parameters as `current()`.

    Only the newest counts; one that makes no step is never mentioned.
    """

    def __init__(self, current: Callable[[], Any], follow: Call) -> None:
        self.current, self.follow = current, follow
        self._unwrap: Callable[[], None] | None = None
        self._unlisten = _listen(self._made)

    def _made(self, optimizer: Optimizer) -> None:
        if trained_by(optimizer) != trained_by(self.current()):
            return

        def first(step: Callable[..., Any], *args: Any) -> Any:
            self._forget()
            self.follow(optimizer)
            return optimizer.step(*args)

        self._forget()
        self._unwrap = wrap(optimizer, "step", first)

    def _forget(self) -> None:
        unwrap, self._unwrap = self._unwrap, None
        if unwrap is not None:
            unwrap()

    def end(self) -> None:
        """Take everything away."""
        self._forget()
        self._unlisten()


def wrap(owner: Any, name: str, watched: Callable[..., Any]) -> Callable[[], None]:
    """Put `watched(original, *args)` in place of a method of one object; copies of the object keep their own.

    Returns what undoes this.
    """
    own, original = vars(owner).get(name), getattr(owner, name)

    @wraps(original)
    def call(me: Any, *args: Any, **kwargs: Any) -> Any:
        return watched(original, *args, **kwargs) if me is owner else getattr(type(me), name)(me, *args, **kwargs)

    setattr(owner, name, MethodType(call, owner))
    return lambda: setattr(owner, name, own) if own is not None else delattr(owner, name)


def trained_by(optimizer: Any) -> set[int]:
    """The ids of the parameters of an optimizer."""
    return {id(p) for group in getattr(optimizer, "param_groups", ()) for p in group["params"]}


def _listen(call: Call) -> Callable[[], None]:
    """Call `call(optimizer)` for every optimizer, when it has its parameters; returns what ends this."""
    if not _listeners:
        _follow_init()
    _listeners.append(call)

    def end() -> None:
        _listeners.remove(call)
        if not _listeners:
            _taken_away.pop()()

    return end


def _follow_init() -> None:
    init = Optimizer.__init__

    @wraps(init)
    def told(made: Optimizer, *args: Any, **kwargs: Any) -> None:
        init(made, *args, **kwargs)
        for call in list(_listeners):
            call(made)

    Optimizer.__init__ = told  # type: ignore[assignment, method-assign]
    _taken_away.append(lambda: setattr(Optimizer, "__init__", init))
