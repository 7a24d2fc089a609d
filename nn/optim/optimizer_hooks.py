"""Hooks of an optimizer: functions called before and after a step, and around its state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, TypeVar

from autograd.hooks import RemovableHandle, add_hook

Hook = Callable[..., Any]
F = TypeVar("F", bound=Callable[..., Any])


def between_hooks(step: F) -> F:
    """The method `step` of an optimizer, between the hooks that are registered; within another one, itself alone."""

    @wraps(step)
    def step_between_hooks(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._stepping or not (self._step_pre_hooks or self._step_post_hooks):
            return step(self, *args, **kwargs)
        self._stepping, args = True, (self, *args)
        try:
            for hook in list(self._step_pre_hooks.values()):
                args, kwargs = _replaced(hook(self, args, kwargs), args, kwargs)
            result = step(*args, **kwargs)
            for hook in list(self._step_post_hooks.values()):
                hook(self, args, kwargs)
        finally:
            self._stepping = False
        return result

    return step_between_hooks  # type: ignore[return-value]


def _replaced(given: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """The arguments of a step after a hook has `given` something."""
    if given is None:
        return args, kwargs
    if not isinstance(given, tuple) or len(given) != 2:
        raise RuntimeError(f"step pre-hook must return None or a tuple of (new_args, new_kwargs), but got {given}.")
    return given


class HookedOptimizer:
    """The part of an Optimizer that registers hooks; each method returns a handle whose `remove()` takes one away."""

    _stepping = False
    _step_pre_hooks: Mapping[int, Hook] = MappingProxyType({})
    _step_post_hooks: Mapping[int, Hook] = MappingProxyType({})
    _state_dict_pre_hooks: Mapping[int, Hook] = MappingProxyType({})
    _state_dict_post_hooks: Mapping[int, Hook] = MappingProxyType({})
    _load_pre_hooks: Mapping[int, Hook] = MappingProxyType({})
    _load_post_hooks: Mapping[int, Hook] = MappingProxyType({})

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "step" in cls.__dict__:
            cls.step = between_hooks(cls.__dict__["step"])  # type: ignore[attr-defined]

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before every step.

        `args` are the optimizer and the arguments that `step` is given by position, as in PyTorch. It returns None, or
        a pair of new args and kwargs, or RuntimeError is raised.
        """
        return self._add("_step_pre_hooks", hook, False)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after every step."""
        return self._add("_step_post_hooks", hook, False)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict`; with `prepend` before all that are registered."""
        return self._add("_state_dict_pre_hooks", hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after `state_dict`; what it returns, if anything, replaces that."""
        return self._add("_state_dict_post_hooks", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before `load_state_dict`; what it returns, if anything, is loaded instead.

        It is given a copy of the dict that was given, not of what is in it.
        """
        return self._add("_load_pre_hooks", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after `load_state_dict`; with `prepend` before all that are registered."""
        return self._add("_load_post_hooks", hook, prepend)

    def _add(self, kind: str, hook: Hook, prepend: bool) -> RemovableHandle:
        hooks = self.__dict__.setdefault(kind, {})
        others = list(hooks)
        handle = add_hook(hooks, hook)
        for number in others if prepend else ():
            hooks[number] = hooks.pop(number)  # to the end
        return handle

    def _pass_through(self, kind: str, state: dict[str, Any]) -> dict[str, Any]:
        """A state after every hook of one kind has seen it, and perhaps replaced it."""
        for hook in list(getattr(self, kind).values()):
            given = hook(self, state)
            state = state if given is None else given
        return state

    def _tell(self, kind: str) -> None:
        for hook in list(getattr(self, kind).values()):
            hook(self)
