"""Hooks: functions that see, and may replace, what goes through a module, forward and backward."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from autograd.hooks import RemovableHandle, add_hook

from .gradient_gates import Passage


class Hook(NamedTuple):
    """A function, and how it was asked to be called."""

    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False

    def __call__(self, module: Hooked, args: Any, kwargs: dict[str, Any], *output: Any) -> Any:
        return self.function(module, args, *([kwargs] if self.with_kwargs else []), *output)


class Hooked:
    """The part of a Module that registers hooks, and calls them in the order of their registration."""

    _forward_pre_hooks: Mapping[int, Hook] = MappingProxyType({})
    _forward_hooks: Mapping[int, Hook] = MappingProxyType({})
    _backward_pre_hooks: Mapping[int, Callable[..., Any]] = MappingProxyType({})
    _backward_hooks: Mapping[int, Callable[..., Any]] = MappingProxyType({})
    forward: Callable[..., Any]

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before every forward; what it returns, if anything, replaces the arguments.

        Args:
            hook: the function; what it returns is a tuple, or the only argument.
            prepend: call it before all that are registered, instead of after them.
            with_kwargs: call `hook(module, args, kwargs)`, which returns None or a pair of new args and kwargs, or
                RuntimeError is raised.

        Returns a handle whose `remove()` takes the hook away.
        """
        return self._register("_forward_pre_hooks", Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after every forward; what it returns, if anything, replaces the output.

        Args:
            hook: the function.
            prepend: call it before all that are registered, instead of after them.
            with_kwargs: call `hook(module, args, kwargs, output)`.
            always_call: call it also when forward, or a hook before this one, has raised an error: with the output so
                far, or None. If it then raises an error too, that becomes a warning.

        Returns a handle whose `remove()` takes the hook away.
        """
        return self._register("_forward_hooks", Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the module's outputs have been computed.

        `grad_output` is a tuple with an entry for each output: None for one that is no tensor or got no gradient. A
        tuple that the hook returns replaces it; None in that stands for zeros, and another length raises RuntimeError.
        The module is given views of its inputs, and the caller views of its outputs, as in PyTorch.

        Returns a handle whose `remove()` takes the hook away from later calls of the module.
        """
        return self._register("_backward_pre_hooks", hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the module's inputs have been computed.

        Both are tuples, with an entry for each positional argument and each output: None for one that is no tensor or
        got no gradient, zeros for an argument that requires no grad. A tuple that the hook returns replaces
        `grad_input`; None in that stands for zeros, and another length raises RuntimeError. If no argument requires
        grad, the hook is called when `grad_output` has been computed, with a warning. The module is given views of its
        inputs, and the caller views of its outputs, as in PyTorch.

        Returns a handle whose `remove()` takes the hook away from later calls of the module.
        """
        return self._register("_backward_hooks", hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`register_full_backward_hook` under the name of an older kind of hook, with a warning where they differ.

        PyTorch gives the older kind the gradients of the inputs of the module's last operation as `grad_input`; here it
        is given those of the module's inputs. Returns a handle whose `remove()` takes the hook away.
        """
        warnings.warn(
            "register_backward_hook: grad_input holds the gradients of the module's inputs, and not those of its last "
            "operation; use register_full_backward_hook, which says so",
            FutureWarning,
            stacklevel=2,
        )
        return self.register_full_backward_hook(hook)

    def _register(self, kind: str, hook: Any, prepend: bool) -> RemovableHandle:
        hooks = self.__dict__.setdefault(kind, {})
        others = list(hooks)
        handle = add_hook(hooks, hook)
        for number in others if prepend else ():
            hooks[number] = hooks.pop(number)  # to the end
        return handle

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`forward`, and all hooks; after an error those that are always called and have not been."""
        output, left = None, dict(self._forward_hooks)
        try:
            for pre_hook in list(self._forward_pre_hooks.values()):
                args, kwargs = _replaced(pre_hook, pre_hook(self, args, kwargs), args, kwargs)
            passage = Passage(self, self._backward_pre_hooks.values(), self._backward_hooks.values())
            args = passage.enter(args)
            output = self.forward(*args, **kwargs)
            for number, hook in list(left.items()):
                del left[number]
                given = hook(self, args, kwargs, output)
                output = output if given is None else given
            return passage.leave(output)
        except Exception:
            for hook in left.values():
                if hook.always_call:
                    output = _in_spite(hook, self, args, kwargs, output)
            raise


def _replaced(hook: Hook, given: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """The arguments after a pre-hook has `given` something."""
    if given is None:
        return args, kwargs
    if not hook.with_kwargs:
        return given if isinstance(given, tuple) else (given,), kwargs
    if not isinstance(given, tuple) or len(given) != 2:
        raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {given}.")
    return given


def _in_spite(hook: Hook, module: Hooked, args: Any, kwargs: dict[str, Any], output: Any) -> Any:
    """The output after a hook that is called although there was an error."""
    try:
        given = hook(module, args, kwargs, output)
    except Exception as error:
        warnings.warn(
            "module forward hook with ``always_call=True`` raised an exception that was silenced as another error was "
            f"raised in forward: {error}",
            stacklevel=4,
        )
        return output
    return output if given is None else given
