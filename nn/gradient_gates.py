"""Where backward hooks of a module are called: its tensors go through gates, at which their gradients meet."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import autograd
from autograd import Tensor

Gradients = tuple[Tensor | None, ...]


class Gate:
    """Where the gradients of several tensors wait for one another; `meet` is given them all, and says what goes on.

    Each tensor becomes a view of a view. The outer views are younger than all inner ones, and a walk takes the younger
    nodes first: when it comes to an inner view, every gradient has passed its outer one.
    """

    def __init__(self, meet: Callable[[Gradients], Gradients]) -> None:
        self.meet, self.size = meet, 0
        self.waiting: dict[int, Tensor] = {}
        self.going: dict[int, Tensor] = {}

    def views(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The values, with views in place of the tensors that require grad."""
        self.size = len(values)
        inner = {i: x.reshape(x.shape) for i, x in enumerate(values) if needs_gradient(x)}
        outer = {i: x.reshape(x.shape) for i, x in inner.items()} if len(inner) > 1 else inner
        for i, view in outer.items():
            view.register_hook(partial(self._arrive, i))
        for i, view in inner.items():
            view.register_hook(partial(self._go_on, i))
        return tuple([outer.get(i, x) for i, x in enumerate(values)])

    def _arrive(self, i: int, g: Tensor) -> None:
        self.waiting[i] = g

    def _go_on(self, i: int, g: Tensor) -> Tensor:
        if self.waiting:
            came, self.waiting = self.waiting, {}
            grads = self.meet(tuple(map(came.get, range(self.size))))
            for k, before in came.items():
                after = grads[k]
                self.going[k] = autograd.zeros_like(before) if after is None else after
        return self.going.pop(i)


class Passage:
    """One call of a module: a gate for its inputs and one for its outputs, if it has backward hooks."""

    def __init__(self, module: Any, pre_hooks: Iterable[Callable[..., Any]], hooks: Iterable[Callable[..., Any]]):
        self.module, self.pre_hooks, self.hooks = module, list(pre_hooks), list(hooks)
        self.watched = bool(self.pre_hooks or self.hooks)
        self.gated = False  # whether an input requires grad
        self.absent: list[Callable[[], Tensor | None]] = []  # for each input, what is shown if no gradient comes
        self.grad_output: Gradients | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, as forward is given them."""
        if not self.watched:
            return args
        self.absent = [substitute(x) for x in args]
        self.gated = any(map(needs_gradient, args))
        return Gate(self._at_inputs).views(args)

    def leave(self, output: Any) -> Any:
        """The output, as the caller is given it."""
        if not self.watched:
            return output
        if isinstance(output, Tensor):
            return Gate(self._at_outputs).views((output,))[0]
        if not isinstance(output, tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(output)}",
                stacklevel=5,
            )
            return output
        views = Gate(self._at_outputs).views(output)
        return views if type(output) is tuple else type(output)(*views)  # a named tuple

    def _at_outputs(self, grads: Gradients) -> Gradients:
        for hook in self.pre_hooks:
            grads = replaced(grads, hook(self.module, grads), "Backward pre hook", "grad_output")
        if self.gated:
            self.grad_output = grads
        else:
            self._call_without_inputs(grads)
        return grads

    def _at_inputs(self, grads: Gradients) -> Gradients:
        if self.grad_output is None:  # a gradient that did not come through the outputs
            return grads
        grad_output, self.grad_output = self.grad_output, None
        grads = tuple([make() if g is None else g for g, make in zip(grads, self.absent, strict=True)])
        for hook in self.hooks:
            grads = replaced(grads, hook(self.module, grads, grad_output), "Backward hook", "grad_input")
        return grads

    def _call_without_inputs(self, grad_output: Gradients) -> None:
        if self.hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                f"inputs require gradients: its grad_input is all None ({type(self.module).__name__})",
                stacklevel=2,
            )
        nothing = (None,) * len(self.absent)
        for hook in self.hooks:
            given = hook(self.module, nothing, grad_output)
            if given is not None and not (isinstance(given, tuple) and all(g is None for g in given)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    f"all gradients, given {given!r}"
                )


def needs_gradient(x: Any) -> bool:
    """Whether x is a tensor that a gradient goes to, from what is computed now."""
    return isinstance(x, Tensor) and x.requires_grad and autograd.is_grad_enabled()


def substitute(x: Any) -> Callable[[], Tensor | None]:
    """What is shown as the gradient of an input to which none came: zeros if it is a tensor without grad, else None."""
    if isinstance(x, Tensor) and not x.requires_grad:
        return partial(autograd.zeros, x.shape, dtype=x.dtype)
    return type(None)


def replaced(grads: Gradients, given: Any, who: str, what: str) -> Gradients:
    """`grads`, or what a hook has `given` in their place. Raises RuntimeError for another number of them."""
    if given is None:
        return grads
    if len(given) != len(grads):
        raise RuntimeError(f"{who} returned an invalid number of {what}, got {len(given)}, but expected {len(grads)}")
    return tuple(given)
