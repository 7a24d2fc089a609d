"""Optimizers: each is one formula, in its docstring and, with the same letters, in `update`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.writes import wrote

from .module import zero_grad

Array = np.ndarray[Any, Any]
Group = dict[str, Any]
State = dict[str, Any]


class Optimizer:
    """Base class: keeps groups of parameters, each with its options, and a state for every parameter.

    `params` is an iterable of leaf tensors, or of dicts with the key "params" and options of their own. A subclass
    names its options in `defaults`, refuses bad ones in `check`, and defines `update`.
    """

    def __init__(self, params: Iterable[Any], defaults: Group) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                "but got a Tensor: pass model.parameters() or a list"
            )
        self.defaults = defaults
        self.state: dict[Tensor, State] = {}
        self.param_groups: list[Group] = []
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list: is an iterator used a second time?")
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def check(self, options: Group) -> None:
        """Raise ValueError if an option is out of its range."""

    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        """Change the values `w` of one parameter in place, given its gradient `g` and the options of its group."""
        raise NotImplementedError(f"{type(self).__name__} must define update(w, g, state, group)")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient. A `closure` is called first, and its loss returned."""
        loss = None
        if closure is not None:
            with autograd.enable_grad():
                loss = closure()
        written = []
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                for p in group["params"]:
                    if (grad := p.grad) is not None:
                        w, g = p.numpy(force=True), grad.numpy(force=True)
                        written.append(w)
                        self.update(w, -g if group["maximize"] else g, self.state.setdefault(p, {}), group)
        wrote(*written)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every parameter's gradient, or with `set_to_none=False` make it zero."""
        for group in self.param_groups:
            for p in group["params"]:
                zero_grad(p, set_to_none)

    def add_param_group(self, group: Group) -> None:
        """Take more parameters, with options that differ from the defaults."""
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor: pass the tensors it was computed from")
        taken = [p for other in self.param_groups for p in other["params"]]
        if len({id(p) for p in taken + params}) < len(taken + params):
            raise ValueError("some parameters appear in more than one parameter group, or twice in one")
        group = {**self.defaults, **group, "params": params}
        self.check(group)
        self.param_groups.append(group)

    def state_dict(self) -> dict[str, Any]:
        """The state by the parameters' positions, and the groups' options: what `load_state_dict` takes.

        Arrays become tensors that share their memory.
        """
        position = self._positions()
        return {
            "state": {
                position[p]: {key: _tensor(value) for key, value in state.items()} for p, state in self.state.items()
            },
            "param_groups": [
                {**group, "params": [position[p] for p in group["params"]]} for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the copied state of an optimizer over parameters of the same number, shapes and order.

        Raises ValueError, and changes nothing, if they do not match.
        """
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
        state = {
            owners[i]: {key: _like(value, owners[i], f"{key} of parameter {i}") for key, value in values.items()}
            for i, values in state_dict["state"].items()
        }
        options = [{**own, **new, "params": own["params"]} for new, own in zip(groups, self.param_groups, strict=True)]
        for group in options:
            self.check(group)
        self.state, self.param_groups = state, options

    def _positions(self) -> dict[Tensor, int]:
        return {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Sutskever et al., 2013).

        g = ∇loss + weight_decay * w
        v = momentum * v + (1 - dampening) * g       v = g in the first step
        w = w - lr * v                               nesterov: w - lr * (g + momentum * v)

    Raises ValueError for a negative or NaN option, and for nesterov without momentum or with dampening.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def check(self, options: Group) -> None:
        _not_negative(options, lr="learning rate", momentum="momentum value", weight_decay="weight_decay value")
        if options["nesterov"] and (options["momentum"] <= 0 or options["dampening"] != 0):
            raise ValueError(
                f"Nesterov momentum requires a momentum and zero dampening, given momentum={options['momentum']}, "
                f"dampening={options['dampening']}"
            )

    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, momentum, weight_decay = group["lr"], group["momentum"], group["weight_decay"]
        if weight_decay:
            g = g + weight_decay * w
        if momentum:
            if "momentum_buffer" not in state:
                v = state["momentum_buffer"] = np.array(g)
            else:
                v = state["momentum_buffer"]
                v *= momentum
                v += (1 - group["dampening"]) * g
            g = g + momentum * v if group["nesterov"] else v
        w -= lr * g


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): a step in the gradient's mean direction, divided by its usual size.

        g = ∇loss + weight_decay * w
        m = β₁ * m + (1 - β₁) * g                    m = 0 before the first step
        v = β₂ * v + (1 - β₂) * g²                   v = 0 before the first step
        w = w - lr * m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + eps)       in step t = 1, 2, …

    With `amsgrad` (Reddi et al., 2018) the largest v so far stands in the last line. Raises ValueError for a negative
    or NaN option, and for betas outside [0, 1).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def check(self, options: Group) -> None:
        _not_negative(options, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        for i, beta in enumerate(options["betas"]):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}, expected 0 <= beta < 1")

    def update(self, w: Array, g: Array, state: State, group: Group) -> None:
        lr, (β1, β2), eps, weight_decay = group["lr"], group["betas"], group["eps"], group["weight_decay"]
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(w), exp_avg_sq=np.zeros_like(w))
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = np.zeros_like(w)
        state["step"] += 1
        t, m, v = state["step"], state["exp_avg"], state["exp_avg_sq"]
        if weight_decay:
            g = g + weight_decay * w
        m *= β1
        m += (1 - β1) * g
        v *= β2
        v += (1 - β2) * (g * g)
        if group["amsgrad"]:
            v = np.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])
        w -= lr / (1 - β1**t) * m / (np.sqrt(v / (1 - β2**t)) + eps)


def _not_negative(options: Group, **names: str) -> None:
    for key, name in names.items():
        if not options[key] >= 0:
            raise ValueError(f"Invalid {name}: {options[key]}, expected {key} >= 0")


def _tensor(value: Any) -> Any:
    return autograd.as_tensor(value) if isinstance(value, np.ndarray) else value


def _like(value: Any, p: Tensor, name: str) -> Any:
    """A copy of one value of a saved state: an array in the dtype of the parameter it belongs to, or a step count."""
    if isinstance(value, int | float) or name.startswith("step "):
        return int(value)
    array = np.asarray(value).astype(p.dtype)
    if array.shape != p.shape:
        raise ValueError(f"loaded state dict has {name} of shape {array.shape}, expected {tuple(p.shape)}")
    return array
