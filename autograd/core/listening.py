"""Hooks on the gradient of one tensor, and observers of the whole engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from threading import RLock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .engine import Traced, accumulate, listeners, node_of, wrap
from .errors import describe
from .modes import set_grad_enabled

if TYPE_CHECKING:
    from ..tensors.tensor import Tensor

Hook = Callable[["Tensor"], "Tensor | None"]

_number = count()
_changing = RLock()  # held while the listeners change


class RemovableHandle:
    """Removes a hook: `handle.remove()`."""

    def __init__(self, remove: Callable[[], Any]) -> None:
        self._remove = remove

    def remove(self) -> None:
        """Remove the hook; if it has been removed already, do nothing."""
        self._remove()


def add_hook(hooks: dict[int, Any], hook: Any) -> RemovableHandle:
    """Add `hook` to `hooks`, as the last one; returns the handle that removes it."""
    number = next(_number)
    hooks[number] = hook
    return RemovableHandle(partial(hooks.pop, number, None))


class Hooks:
    """What happens to the gradient that arrives at a node: functions that may replace it, and whether it is kept.

    `retain` is True, False, or "backward" for what keeps the gradient of `backward` and not that of `grad`.
    """

    def __init__(self, retain: bool | str = False) -> None:
        self.functions: dict[int, Hook] = {}
        self.accumulated: dict[int, Callable[[Tensor], None]] = {}
        self.retain = retain

    def accumulate(self, leaf: Any, g: Any) -> None:
        """Add `g` to the gradient of a leaf, and call what waits for that with its tensor, if there still is one."""
        accumulate(leaf, g)
        for function in list(self.accumulated.values()):
            if (tensor := leaf.variable and leaf.variable()) is not None:
                with set_grad_enabled(isinstance(g, Traced)):
                    function(tensor)

    def pass_through(self, g: Any, graph: bool) -> Any:
        """`g` after every function has seen it: a tensor if the walk is recorded (`graph`), else an array.

        Raises TypeError for a function that returns neither a tensor nor None, RuntimeError for a tensor of another
        shape or dtype.
        """
        for function in list(self.functions.values()):
            given: Any = g if isinstance(g, Traced) else wrap(g)
            with set_grad_enabled(graph):
                returned: Any = function(given)
            if returned is None:
                continue
            if not isinstance(returned, Traced):
                raise TypeError(f"hook {function!r} returned {returned!r}: expected a tensor or None")
            if returned._data.shape != given.shape or returned._data.dtype != given.dtype:
                raise RuntimeError(
                    f"hook {function!r} has changed the gradient: returned {describe(returned._data)}, expected "
                    f"{describe(given)}"
                )
            g = returned if graph else returned._data
        return g


def own_hooks(tensor: Any) -> Hooks:
    """The hooks of this tensor alone, made if it has none."""
    node = node_of(tensor)
    if node.hooks is None or node.hooks is tensor._hooks:
        node.hooks = Hooks(retain=False if node.hooks is None else node.hooks.retain)
    return node.hooks


def observe(observer: Any) -> Callable[[], None]:
    """Tell `observer` what the engine does, in any thread, until the function that is returned is called.

    It has one or more of these methods:

    - `backward_started(roots)`: before every `backward` and `grad`, with the tensors they start from;
    - `recorded(node, inputs, out)`: a new node, the values of its inputs (arrays and numbers), and that of its result;
    - `decided(function, inputs, options, out)`: a result without gradient, of NumPy's function for a comparison, a test
      of elements, a logical operation, `argmax`, `argmin` or `argsort`, with the values of its inputs;
    - `overwriting(array)`: the memory that a tensor's method is about to write to in place;
    - `pulled(node, g, gradients)`: the gradient that came to a node, and those of the inputs its edges lead to, as
      arrays.

    Raises TypeError for an observer without any of them.
    """
    # A partial is an object of its own, so that one of two equal observers can end alone.
    heard = {event: partial(getattr(observer, event)) for event in listeners.__slots__ if hasattr(observer, event)}
    if not heard:
        raise TypeError(f"observe: expected one of the methods {', '.join(listeners.__slots__)}, got {observer!r}")
    with _changing:
        for event, tell in heard.items():
            setattr(listeners, event, (*getattr(listeners, event), tell))

    def end() -> None:
        with _changing:
            for event, tell in heard.items():
                setattr(listeners, event, tuple(each for each in getattr(listeners, event) if each is not tell))

    return end


def register_backward_hook(hook: Callable[[list[Tensor]], Any]) -> RemovableHandle:
    """Call `hook(roots)` before every `backward` and `grad`, with the tensors that they start from.

    Returns a handle whose `remove()` removes the hook.
    """
    return RemovableHandle(observe(SimpleNamespace(backward_started=hook)))


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of a tensor that is not a leaf in its `.grad`. Raises RuntimeError if it requires no grad."""
    if node_of(self) is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if not self.is_leaf:
        own_hooks(self).retain = True


def register_hook(self: Tensor, hook: Hook) -> RemovableHandle:
    """Call `hook(grad)` when the gradient of this tensor has been computed; what it returns, if anything, replaces it.

    It returns a tensor of the same shape and dtype, or None. Under `create_graph` what it computes is recorded. Returns
    a handle whose `remove()` removes the hook. Raises RuntimeError if the tensor requires no grad.
    """
    if node_of(self) is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return add_hook(own_hooks(self).functions, hook)


def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], None]) -> RemovableHandle:
    """Call `hook(tensor)` each time `backward()` has added to the `.grad` of this leaf; what it returns does not count.

    It may read the gradient, use it for a step, and clear it. Returns a handle whose `remove()` removes the hook.
    Raises RuntimeError if the tensor requires no grad, or is no leaf.
    """
    if node_of(self) is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if not self.is_leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return add_hook(own_hooks(self).accumulated, hook)
