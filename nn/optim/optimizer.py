"""What all optimizers share: groups of parameters with options, a state for every parameter, and the step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar, overload

import numpy as np

import autograd
from autograd import Tensor
from autograd.hooks import with_gradients, wrote

from ..parameter import zero_grads
from .block_updates import narrow
from .optimizer_hooks import HookedOptimizer, between_hooks

Array = np.ndarray[Any, Any]
Group = dict[str, Any]
State = dict[str, Any]
Params = Iterable[Tensor] | Iterable[Group] | Iterable[tuple[str, Tensor]]
T = TypeVar("T")


class Optimizer(HookedOptimizer):
    """Base class: keeps groups of parameters, each with its options, and a state for every parameter.

    `params` is an iterable of leaf tensors, of pairs (name, tensor) such as `named_parameters()` gives, or of dicts
    with the key "params" and options of their own; names stand in the groups under "param_names". A subclass names its
    options in `defaults`, refuses bad ones in `check`, and defines `start` and `update`. The learning rate is a number,
    or a tensor of one element that may be written to.

    `foreach`, `fused` and `capturable` are PyTorch's ways to compute the same, and change nothing here. With `maximize`
    the loss is made larger: -∇loss stands for ∇loss.

    Raises TypeError for anything but a tensor; ValueError for no parameters, for one that is computed from others, and
    for one that is given twice, and for names of some parameters only; NotImplementedError for differentiable=True.
    """

    stepped = False  # whether `step` was ever called, which a learning rate scheduler asks
    state_dtype: Any = None  # of the state's arrays; None: that of the parameters

    def __init__(self, params: Params, defaults: Group) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                "but got a Tensor: pass model.parameters() or a list"
            )
        self.defaults = defaults
        self.state: dict[Tensor, State] = {}
        self.param_groups: list[Group] = []
        given: list[Any] = list(params)
        if not given:
            raise ValueError(
                "optimizer got an empty parameter list: are the layers in a plain list or dict (put them into "
                "nn.ModuleList or nn.ModuleDict), or was an iterator used a second time?"
            )
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def check(self, options: Group) -> None:
        """Raise ValueError if an option is out of its range."""

    def start(self, w: Array, group: Group) -> State:
        """The state before the first step of a parameter with the values `w`."""
        return {}

    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        """Change the values `w` of one parameter in place, given its gradient `g` and the options of its group."""
        raise NotImplementedError(f"{type(self).__name__} must define update(w, g, state, group)")

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], T]) -> T: ...

    @between_hooks
    def step(self, closure: Callable[[], T] | None = None) -> T | None:
        """Update every parameter that has a gradient. A `closure` is called first, and its loss is returned."""
        loss = None
        if closure is not None:
            with autograd.enable_grad():
                loss = closure()
        written = []
        with np.errstate(all="ignore"):
            for group in map(in_numbers, self.param_groups):
                for p, w, g in with_gradients(group["params"]):
                    written.append(w)
                    if (state := self.state.get(p)) is None:
                        state = self.state[p] = self._started(w, group)
                    self.update(w, -g if group["maximize"] else g, state, group)
        wrote(*written)
        self.stepped = True
        return loss

    def store_state_in(self, dtype: Any) -> Self:
        """Keep the state of every parameter in bfloat16: half the memory of float32. Returns the optimizer.

            optimizer = optim.AdamW(net.parameters()).store_state_in(autograd.bfloat16)

        It is rounded at random after each step, so that small changes are not lost (`block_updates.rounded`). Raises
        ValueError for any other dtype (the squares of Adam's gradients are below the smallest number of float16);
        NotImplementedError for an optimizer whose update is not elementwise; ImportError without ml_dtypes.
        """
        if dtype != autograd.bfloat16:
            raise ValueError(f"store_state_in: expected autograd.bfloat16, given {dtype!r}")
        if not getattr(type(self).update, "elementwise", False):
            raise NotImplementedError(f"the state of {type(self).__name__} is kept in the dtype of its parameters only")
        self.state_dtype = np.dtype(dtype)
        for p, state in self.state.items():
            narrow(state, p.numpy(force=True))
        return self

    def _started(self, w: Array, group: Group) -> State:
        state = self.start(w, group)
        return state if self.state_dtype is None else narrow(state, w)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradient of every parameter: to None, or to zeros with `set_to_none=False`."""
        for group in self.param_groups:
            zero_grads(group["params"], set_to_none)

    def add_param_group(self, param_group: Group) -> None:
        """Add more parameters, with options that differ from the defaults; raises what the constructor raises."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        params = param_group["params"]
        if isinstance(params, set | frozenset):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but a set has no order: pass a list"
            )
        params, names = _named([params] if isinstance(params, Tensor) else list(params))
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor: pass the tensors it was computed from")
        taken = [p for other in self.param_groups for p in other["params"]]
        if len({id(p) for p in taken + params}) < len(taken + params):
            raise ValueError("some parameters appear in more than one parameter group, or twice in one")
        group = {**self.defaults, **param_group, "params": params, **names}
        if any(("param_names" in group) != ("param_names" in other) for other in self.param_groups):
            raise ValueError("all optimizer param groups should be with names, or all without: pass named_parameters()")
        self._check(group)
        self.param_groups.append(group)

    def state_dict(self) -> dict[str, Any]:
        """The state of each parameter, by its position, and the options of each group: for `load_state_dict`.

        Arrays become tensors that share their memory.
        """
        self._tell("_state_dict_pre_hooks")
        position = self._positions()
        state = {
            "state": {
                position[p]: {key: as_tensors(value) for key, value in state.items()}
                for p, state in self.state.items()
                if state
            },
            "param_groups": [
                {**group, "params": [position[p] for p in group["params"]]} for group in self.param_groups
            ],
        }
        return self._pass_through("_state_dict_post_hooks", state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Copy the state of an optimizer over parameters of the same number, shapes and order.

        Raises ValueError, and changes nothing, if they do not match.
        """
        state_dict = self._pass_through("_load_pre_hooks", dict(state_dict))
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: given {len(groups)}, "
                f"this optimizer has {len(self.param_groups)}"
            )
        owners: dict[Any, Tensor] = {}
        for new, own in zip(groups, self.param_groups, strict=True):
            if len(new["params"]) != len(own["params"]):
                raise ValueError(
                    f"loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    f"given {len(new['params'])} parameters, expected {len(own['params'])}"
                )
            owners |= zip(new["params"], own["params"], strict=True)
        if unknown := [i for i in state_dict["state"] if i not in owners]:
            raise ValueError(f"loaded state dict has a state for parameters that are in no group: {unknown}")
        options = [
            {**own, **{key: _copied(value) for key, value in new.items()}, "params": own["params"]}
            for new, own in zip(groups, self.param_groups, strict=True)
        ]
        state = {}
        for group, new in zip(options, groups, strict=True):
            self._check(group)
            for i, p in zip(new["params"], group["params"], strict=True):
                if i in state_dict["state"]:
                    state[p] = self._loaded(state_dict["state"][i], p, group, i)
        self.state, self.param_groups = state, options
        self._tell("_load_post_hooks")

    def _loaded(self, saved: State, p: Tensor, group: Group, i: Any) -> State:
        """A copy of the saved state of parameter number `i`, in the dtypes and shapes that a state of `p` has."""
        needed = self.start(p.numpy(force=True), in_numbers(group))
        given = {key: value for key, value in saved.items() if value is not None}
        if not needed.keys() <= given.keys():
            raise ValueError(
                f"loaded state dict does not fit {type(self).__name__}: a parameter has {sorted(given)}, "
                f"expected {sorted(needed)}"
            )
        loaded = {key: _like(value, needed.get(key, p), key, i) for key, value in given.items()}
        return loaded if self.state_dtype is None else narrow(loaded, p.numpy(force=True))

    def _check(self, group: Group) -> None:
        lr = group["lr"]
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError(f"Tensor lr must be 1-element, given the shape {tuple(lr.shape)}")
        if group.get("differentiable"):
            raise NotImplementedError(
                "differentiable=True is not supported, because a step is not recorded: write the update with "
                "autograd.grad(loss, params, create_graph=True)"
            )
        if group.get("foreach") and group.get("fused"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together: leave both out, they change nothing")
        self.check(in_numbers(group))

    def _positions(self) -> dict[Tensor, int]:
        return {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [""] * bool(i) + [f"Parameter Group {i}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def _named(params: list[Any]) -> tuple[list[Any], Group]:
    """The tensors among parameters that may be pairs (name, tensor), and a group of their names if they have some."""
    names = [p[0] for p in params if isinstance(p, tuple)]
    if names and len(names) < len(params):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return ([p[1] for p in params], {"param_names": names}) if names else (params, {})


def not_negative(options: Group, **names: str) -> None:
    """Raise ValueError for an option that is below 0, or NaN; `names` are what messages call them."""
    for key, name in names.items():
        if not options[key] >= 0:
            raise ValueError(f"Invalid {name}: {options[key]}, expected {key} >= 0")


def given(arguments: dict[str, Any]) -> Group:
    """The options among the `locals()` of a constructor: all but the parameters."""
    return {name: value for name, value in arguments.items() if name not in ("self", "params", "__class__")}


def in_numbers(group: Group) -> Group:
    """The group, with a number in place of a tensor of one element, such as lr may be."""
    numbers = {key: value.item() for key, value in group.items() if isinstance(value, Tensor)}
    return group | numbers if numbers else group


def as_tensors(value: Any) -> Any:
    """A value of a state with tensors, sharing their memory, in place of its arrays."""
    if isinstance(value, list):
        return [as_tensors(inner) for inner in value]
    return autograd.as_tensor(value) if isinstance(value, np.ndarray) else value


def _copied(option: Any) -> Any:
    """A saved option; one that is a tensor, of ours or of PyTorch's, is copied."""
    return autograd.tensor(np.asarray(option)) if hasattr(option, "numpy") else option


def _like(value: Any, like: Any, key: str, i: Any) -> Any:
    """A copy of one value of a saved state, which is a number or an array of the shape and dtype of `like`."""
    if key == "step":
        return int(value)
    array = np.asarray(value).astype(like.dtype)
    if array.shape != like.shape:
        raise ValueError(
            f"loaded state dict has {key} of parameter {i} of shape {array.shape}, expected {tuple(like.shape)}"
        )
    return array
