"""The state of a module: what `state_dict` gives and `load_state_dict` takes, and the hooks around the two."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Tensor
from autograd.hooks import RemovableHandle

from .module_hooks import Hooked
from .module_messages import misfits
from .parameter import Parameter
from .uninitialized import is_lazy

EXTRA = "_extra_state"  # PyTorch's name for what is no tensor


class Incompatible(NamedTuple):
    """The keys that `load_state_dict(strict=False)` ignored."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not (self.missing_keys or self.unexpected_keys):
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Stateful(Hooked):
    """The part of a Module that gives its state away and takes one."""

    _buffers: Mapping[str, bool] = MappingProxyType({})  # names of attributes, and whether state_dict has them
    _state_dict_pre_hooks: Mapping[int, Callable[..., Any]] = MappingProxyType({})
    _state_dict_hooks: Mapping[int, Callable[..., Any]] = MappingProxyType({})
    _load_state_dict_pre_hooks: Mapping[int, Callable[..., Any]] = MappingProxyType({})
    _load_state_dict_post_hooks: Mapping[int, Callable[..., Any]] = MappingProxyType({})
    _members: Callable[[type[Any]], Iterator[tuple[str, Any]]]
    named_modules: Callable[..., Iterator[tuple[str, Any]]]
    named_buffers: Callable[..., Iterator[tuple[str, Tensor]]]

    def state_dict(
        self, *, destination: OrderedDict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> OrderedDict[str, Any]:
        """Every parameter and persistent buffer under its dotted name, detached and sharing its memory.

        Clone the values to keep them. With `keep_vars` they are the parameters themselves. `destination` is a dict to
        write to, and is returned. A module that defines `get_extra_state` has what that returns among its state.
        """
        state: OrderedDict[str, Any] = OrderedDict() if destination is None else destination
        for pre_hook in list(self._state_dict_pre_hooks.values()):
            pre_hook(self, prefix, keep_vars)
        for name, tensor in self._kept():
            state[prefix + name] = tensor if keep_vars else tensor.detach()
        if _defines(self, "get_extra_state"):
            state[prefix + EXTRA] = self.get_extra_state()
        for name, module in self._members(Stateful):
            module.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in list(self._state_dict_hooks.values()):
            if hook(self, state, prefix, {}) is not None:
                raise RuntimeError("state_dict post-hook must return None: it may change the dict that it is given")
        return state

    def _kept(self) -> Iterator[tuple[str, Any]]:
        """The parameters and persistent buffers of this module alone."""
        yield from self._members(Parameter)
        yield from ((name, x) for name, x in self.named_buffers(recurse=False) if self._buffers[name])

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Incompatible:
        """Copy values (Tensors, ndarrays or torch tensors) into the parameters and buffers of the same names.

        With `assign` they take the place of the values, in the dtype they have; a parameter becomes a new Parameter.
        Raises RuntimeError, and changes nothing, if a shape differs, if fractions would go into integers or, when
        `strict`, if a key is missing or unexpected; the message lists them all. Raises TypeError for anything but a
        dict.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        modules = [(_prefix(path), module) for path, module in self.named_modules(remove_duplicate=False)]
        state, missing, unexpected, faults = dict(state_dict), list[str](), list[str](), list[str]()
        for prefix, module in modules:
            for pre_hook in list(module._load_state_dict_pre_hooks.values()):
                pre_hook(module, state, prefix, {}, strict, missing, unexpected, faults)
        places = {prefix + name: (module, name) for prefix, module in modules for name, _ in module._kept()}
        extras = {prefix + EXTRA: module for prefix, module in modules if _defines(module, "set_extra_state")}
        missing += [key for key in (*places, *extras) if key not in state]
        unexpected += [key for key in state if key not in places and key not in extras]
        own = {key: module.__dict__[name] for key, (module, name) in places.items()}
        given = {key: state[key] for key in own if key in state and not (is_lazy(own[key]) and is_lazy(state[key]))}
        faults += misfits(own, {key: _array(value) for key, value in given.items() if not is_lazy(own[key])}, {})
        hooks = [(m, hook) for _, m in reversed(modules) for hook in m._load_state_dict_post_hooks.values()]
        found = Incompatible(missing, unexpected)
        _raise_faults(self, strict and not hooks, found, faults)
        before = {key: own[key].detach().clone() for key in given if hooks and not (assign or is_lazy(own[key]))}
        for key, value in given.items():
            _load(value, own[key], *places[key], assign)
        for key in extras.keys() & state.keys():
            extras[key].set_extra_state(state[key])
        try:
            _finish(hooks, found)
            _raise_faults(self, strict, found, [])
        except Exception:
            for key in given:
                _restore(own[key], before.get(key), *places[key])
            raise
        return found

    # -- what is no tensor --------------------------------------------------------------------------------------------

    def get_extra_state(self) -> Any:
        """What belongs to the state of this module besides tensors: a subclass may define it, with `set_extra_state`.

        It stands in `state_dict` under the key "_extra_state". Raises RuntimeError where it is not defined.
        """
        raise RuntimeError(f"{type(self).__name__} has no extra state: define get_extra_state() to give it one")

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` returned, for `load_state_dict`. Raises RuntimeError where it is not defined."""
        raise RuntimeError(f"{type(self).__name__} takes no extra state: define set_extra_state(state) to take it")

    # -- hooks --------------------------------------------------------------------------------------------------------

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the state of this module is collected.

        Returns a handle whose `remove()` takes the hook away.
        """
        return self._register("_state_dict_pre_hooks", hook, False)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` when the state of this module has been collected.

        It may change the dict, and returns None, or RuntimeError is raised. `local_metadata` is empty. Returns a handle
        whose `remove()` takes the hook away.
        """
        return self._register("_state_dict_hooks", hook, False)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call a hook before `load_state_dict` looks at anything, such as one that renames old keys.

        It is given (module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs) and
        may change a copy of the dict and the three lists; a message in the last one makes the loading fail. Returns a
        handle whose `remove()` takes the hook away.
        """
        return self._register("_load_state_dict_pre_hooks", hook, False)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` when the state has been loaded, before keys that do not fit raise.

        It may take keys out of `incompatible_keys.missing_keys` and `.unexpected_keys`, and returns None, or
        RuntimeError is raised. Returns a handle whose `remove()` takes the hook away.
        """
        return self._register("_load_state_dict_post_hooks", hook, False)


def _prefix(path: str) -> str:
    return f"{path}." if path else ""


def _defines(module: Stateful, name: str) -> bool:
    return getattr(type(module), name) is not getattr(Stateful, name)


def _array(value: Any) -> Any:
    with autograd.no_grad():
        return np.asarray(autograd.as_tensor(value) if str(getattr(value, "dtype", "")) == "torch.bfloat16" else value)


def _finish(hooks: list[tuple[Any, Callable[..., Any]]], found: Incompatible) -> None:
    """Call the hooks that wait for the end of the loading, each with its module."""
    for module, hook in hooks:
        if hook(module, found) is not None:
            raise RuntimeError("load_state_dict post-hook must return None: it may change the lists of keys")


def _raise_faults(module: Stateful, strict: bool, found: Incompatible, faults: list[str]) -> None:
    """Raise RuntimeError if there is a fault or, when `strict`, a key that does not fit."""
    keys = {"Missing": found.missing_keys, "Unexpected": found.unexpected_keys} if strict else {}
    if lines := [*misfits({}, {}, keys), *faults]:
        raise RuntimeError("\n\t".join([f"Error(s) in loading state_dict for {type(module).__name__}:", *lines]))


def _load(value: Any, own: Any, module: Any, name: str, assign: bool) -> None:
    """Bring a value to the parameter or buffer `own`, which is that attribute of the module."""
    if not assign:
        if is_lazy(own):
            own.materialize(value.shape)
        own.detach().copy_(autograd.as_tensor(_array(value)))
        return
    tensor = value.detach() if isinstance(value, Tensor) else autograd.as_tensor(_array(value))
    if own.is_floating_point() and not tensor.is_floating_point():
        tensor = tensor.to(own.dtype)
    setattr(module, name, Parameter(tensor, own.requires_grad) if isinstance(own, Parameter) else tensor)


def _restore(own: Any, values: Tensor | None, module: Any, name: str) -> None:
    """Undo `_load`: the attribute is `own` again, with the `values` it had, if they have been written over."""
    if values is not None:
        own.detach().copy_(values)
    setattr(module, name, own)
