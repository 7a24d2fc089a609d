"""What happens to a gradient on its way: hooks, which see it and may replace it, and `retain_grad`, which keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensors.tensor import Tensor, method, wrap
from . import engine
from .engine import recording


class Hooks:
    """What happens to the gradient that arrives at a node: functions that may replace it; whether it is kept."""

    def __init__(self, retain: bool = False) -> None:
        self.functions: dict[int, Callable[[Tensor], Tensor | None]] = {}
        self.retain = retain

    def __call__(self, g: Any, graph: bool) -> Any:
        """`g` after every function has seen it; `graph` says whether what they compute is recorded."""
        before = recording.get()
        recording.set(graph and before)
        try:
            for function in list(self.functions.values()):
                given = g if isinstance(g, Tensor) else wrap(g, None)
                returned = function(given)
                if returned is not None:
                    if not isinstance(returned, Tensor) or returned.shape != given.shape:
                        raise RuntimeError(
                            f"hook {function!r} has changed the gradient: returned {returned!r}, expected a tensor of "
                            f"shape {list(given.shape)} or None"
                        )
                    g = returned if graph else returned._data
        finally:
            recording.set(before)
        return g


# What is called before every backward pass, in any thread, with the tensors that it starts from.
before_backward: dict[int, Callable[[list[Tensor]], Any]] = {}


def register_backward_hook(hook: Callable[[list[Tensor]], Any]) -> RemovableHandle:
    """Call `hook(roots)` before every `backward` and `grad`, with the tensors they start from.

    Returns a handle whose `remove()` takes the hook away.
    """
    handle = RemovableHandle(before_backward)
    before_backward[id(handle)] = hook
    return handle


def tell(roots: list[Tensor]) -> None:
    """Call everything in `before_backward`."""
    for hook in list(before_backward.values()):
        hook(roots)


class Observers:
    """Several observers as one."""

    def __init__(self) -> None:
        self.each: dict[int, Any] = {}

    def recorded(self, node: Any, data: Any, out: Any) -> None:
        for observer in list(self.each.values()):
            observer.recorded(node, data, out)

    def pulled(self, node: Any, g: Any, pulled: Any) -> None:
        for observer in list(self.each.values()):
            observer.pulled(node, g, pulled)


_observers = Observers()


def observe(observer: Any) -> Callable[[], None]:
    """Tell `observer` of every op that is recorded, in any thread, until the function that is returned is called.

    It has two methods: `recorded(node, data, out)`, given a new node, the values of the inputs and that of the result;
    and `pulled(node, g, gradients)`, given the gradient that came to a node, and those of its inputs.
    """
    _observers.each[id(observer)] = observer
    engine.observer = _observers

    def end() -> None:
        _observers.each.pop(id(observer), None)
        if not _observers.each:
            engine.observer = True

    return end


def node_of(tensor: Tensor) -> engine.Node | engine.Leaf | None:
    """Where the graph of a tensor begins: the node that made it, the leaf that it is, or None without requires_grad."""
    return tensor._node


class RemovableHandle:
    """Takes a hook away again: `handle.remove()`."""

    def __init__(self, hooks: dict[int, Any]) -> None:
        self._hooks = hooks

    def remove(self) -> None:
        """Take the hook away."""
        self._hooks.pop(id(self), None)


def _own_hooks(tensor: Tensor) -> Hooks:
    node = tensor._node
    if node.hooks is None or node.hooks is tensor._hooks:
        node.hooks = Hooks(retain=node.hooks is not None and node.hooks.retain)
    return node.hooks


@method
def retain_grad(self: Tensor) -> None:
    """Keep the gradient of a tensor that is not a leaf in its `.grad`."""
    if self._node is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if not self.is_leaf:
        _own_hooks(self).retain = True


@method
def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Call `hook(grad)` when the gradient of this tensor is computed; what it returns, if anything, replaces it.

    Returns a handle whose `remove()` takes the hook away.
    """
    if self._node is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    hooks = _own_hooks(self)
    handle = RemovableHandle(hooks.functions)
    hooks.functions[id(handle)] = hook
    return handle
