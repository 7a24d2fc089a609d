"""Who is told of what the engine does: functions by event, which `listening.observe` adds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any


class Listeners:
    """The functions to call on each event, in any thread; `hooks.observe` adds to them."""

    __slots__ = ("backward_started", "decided", "overwriting", "pulled", "recorded")

    def __init__(self) -> None:
        self.backward_started: tuple[Callable[..., Any], ...] = ()  # (roots)
        self.decided: tuple[Callable[..., Any], ...] = ()  # (function, inputs, options, out)
        self.overwriting: tuple[Callable[..., Any], ...] = ()  # (array)
        self.recorded: tuple[Callable[..., Any], ...] = ()  # (node, inputs, out)
        self.pulled: tuple[Callable[..., Any], ...] = ()  # (node, g, gradients)


listeners = Listeners()


def tell_pulled(node: Any, edges: Collection[Any], g: Any, pulled: Iterable[Any]) -> None:
    """Tell the listeners, in arrays, which gradient came to a node and which go on along its edges; None for none."""
    g, *gone = [getattr(x, "_data", x) for x in (g, *pulled)]
    rest = iter(gone)
    gradients = [next(rest) if edge in edges else None for edge in node.edges]
    for tell in listeners.pulled:
        tell(node, g, gradients)


def decided(function: Any, inputs: tuple[Any, ...], out: Any, **options: Any) -> Any:
    """`out`, which has no gradient, after the listeners were told what it was computed from."""
    for tell in listeners.decided:
        tell(function, inputs, options, out)
    return out


def tell_overwriting(array: Any) -> None:
    """Tell the listeners that the memory of `array` is about to be written to."""
    for tell in listeners.overwriting:
        tell(array)
