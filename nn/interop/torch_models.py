"""To PyTorch and back: the same network as modules of torch.nn, with the same weights; and both side by side.

Layers of the same name are the same layer, with the same arguments, parameter names and shapes, so there is one rule
for nearly all: build the namesake from the arguments that the layer remembers as attributes, then copy its tensors.
"""

from __future__ import annotations

import copy
import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from types import ModuleType
from typing import Any

import numpy as np

import nn
from autograd import Tensor

from ..optim import Adam
from .step_comparison import TOLERANCE, Comparison

Twins = Mapping[type, Callable[[Any], Any]]

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
PLACES = {"device", "dtype", "generator"}  # arguments that are not settings: where the tensors lie, and of what kind

# What stands for an argument, where it is no attribute of its own name: argument -> a function of the module.
ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "bias": lambda m: (
        _has(m, "bias", "in_proj_bias") or not getattr(m, "affine", getattr(m, "elementwise_affine", True))
    ),
    "add_bias_kv": lambda m: _has(m, "bias_k"),
    "kdim": lambda m: None if m.kdim == m.embed_dim else m.kdim,
    "vdim": lambda m: None if m.vdim == m.embed_dim else m.vdim,
}


def to_torch(model: nn.Module, twins: Twins | None = None) -> Any:
    """The torch.nn module that computes what `model` computes, with copies of its parameters and buffers.

    Every module keeps its mode (training or evaluation), every tensor its dtype, every parameter its `requires_grad`;
    what is shared stays shared. `state_dict()` has the same keys on both sides.

    Args:
        model: made of the layers, losses and containers of nn. A subclass counts as its layer if it has no `forward`
            of its own.
        twins: for classes that you wrote, a function that is given the module and returns one of PyTorch with the same
            names of parameters: `{Block: lambda block: TorchBlock(block.width)}`. The weights are copied.

    Raises TypeError for a module that cannot be built, naming its class and place, and ImportError without PyTorch.
    """
    torch = _torch()
    if not isinstance(model, nn.Module):
        raise TypeError(f"to_torch: expected an nn.Module, given {type(model).__name__}")
    twin = _Builder(nn, torch.nn, "PyTorch", _tensor_to_torch, twins).build(model, "")
    _copy(model, twin, _tensor_to_torch, torch.nn.Parameter)
    return twin


def from_torch(module: Any, twins: Twins | None = None) -> Any:
    """The module of nn that computes what a torch.nn module computes: the reverse of `to_torch`, on the same terms."""
    torch = _torch()
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"from_torch: expected a torch.nn.Module, given {type(module).__name__}")
    twin = _Builder(torch.nn, nn, "nn", _tensor_from_torch, twins).build(module, "")
    _copy(module, twin, _tensor_from_torch, nn.Parameter)
    return twin


def compare(
    model: Any,
    loss: Any,
    batch: Iterable[Any],
    steps: int = 10,
    optimizer: Any = Adam,
    *,
    tolerance: float | None = None,
    twin: Any = None,
    twins: Twins | None = None,
    **options: Any,
) -> Comparison:
    """Train copies of one network here and in PyTorch on one batch, and compare all that is computed in each step.

        compare(nn.MLP(4, [8, 3]).double(), nn.CrossEntropyLoss(), (x, y), optimizer=nn.optim.SGD, lr=0.1)

    Compared are the output of every module, the loss, the gradient of every parameter, and every parameter and buffer
    after the step of the optimizer. What is small enough to be rounding, beside the largest quantity of its kind, does
    not count. Use float64: in float32 an optimizer such as Adam makes steps out of rounding where a gradient is zero.
    Layers that draw at random, such as dropout with p > 0, part at once.

    Args:
        model: a module of nn, or of torch.nn. It is not changed.
        loss: a loss module or function of nn, or any function of (output, target) that both libraries understand.
        batch: the model's inputs, then the target: tensors or arrays.
        steps: how many steps to take.
        optimizer: a class of nn.optim, built with `options`; or an optimizer of the model's parameters, whose settings
            are taken.
        tolerance: the relative difference that is allowed; default 1e-6 in float64 and 1e-3 in float32.
        twin: the PyTorch side, if it is not to be `to_torch(model, twins)`.
        twins: see `to_torch`.

    Returns the comparison: it prints as a table, is true if nothing parts, and its `first` is the place where it does.
    """
    torch = _torch()
    *inputs, target = batch
    if isinstance(model, torch.nn.Module):
        ours, theirs = from_torch(model, twins), copy.deepcopy(model if twin is None else twin)
    else:
        ours, theirs = copy.deepcopy(model), to_torch(model, twins) if twin is None else copy.deepcopy(twin)
    make, make_torch = _optimizers(optimizer, options, list(model.parameters()))
    here = _Side(ours, loss, make(ours), [Tensor(_array(x)) for x in inputs], Tensor(_array(target)))
    tensors = [torch.from_numpy(_array(x)) for x in (*inputs, target)]
    there = _Side(theirs, _loss_of_torch(loss, twins), make_torch(theirs), tensors[:-1], tensors[-1])
    if tolerance is None:
        tolerance = max((TOLERANCE.get(str(p.dtype), 1e-2) for p in ours.parameters()), default=1e-6)
    result = Comparison(tolerance)
    for step in range(1, steps + 1):
        result.add(step, here.step(), there.step())
    return result


class _Side:
    """One of the two networks in training. Both libraries have the same face, so this is written once."""

    def __init__(self, model: Any, loss: Any, optimizer: Any, inputs: list[Any], target: Any) -> None:
        self.model, self.loss, self.optimizer, self.inputs, self.target = model, loss, optimizer, inputs, target
        self.seen: dict[tuple[str, str], Any] = {}
        for name, module in model.named_modules():
            module.register_forward_hook(partial(self.note, name or "the network"))

    def note(self, name: str, module: Any, args: Any, output: Any) -> None:
        """Keep the output of a module, each tensor of it and of each call under a name of its own."""
        for value in output if isinstance(output, tuple | list) else [output]:
            key, again = ("output", name), 1
            while key in self.seen:
                key, again = ("output", f"{name} ({again + 1})"), again + 1
            if hasattr(value, "detach"):
                self.seen[key] = _array(value)

    def step(self) -> dict[tuple[str, str], Any]:
        """Take one step; return what was computed, in that order."""
        self.seen = {}
        self.optimizer.zero_grad()
        loss = self.loss(self.model(*self.inputs), self.target)
        loss.backward()
        self.seen["loss", ""] = _array(loss)
        parameters = dict(self.model.named_parameters())
        self.seen |= {("gradient", name): None if p.grad is None else _array(p.grad) for name, p in parameters.items()}
        self.optimizer.step()
        self.seen |= {("parameter", name): _array(p) for name, p in parameters.items()}
        self.seen |= {("buffer", name): _array(b) for name, b in self.model.named_buffers()}
        return self.seen


def _optimizers(optimizer: Any, options: dict[str, Any], parameters: list[Any]) -> list[Callable[[Any], Any]]:
    """Two functions that make the optimizer for a model: here, and in PyTorch."""
    torch = _torch()
    cls: Any = optimizer if inspect.isclass(optimizer) else type(optimizer)
    here: Any = getattr(nn.optim, cls.__name__, None)
    there: Any = getattr(torch.optim, cls.__name__, None)
    if here is not cls or there is None:
        raise TypeError(f"compare: expected an optimizer of nn.optim that PyTorch has as well, given {cls.__name__}")
    if cls is optimizer:
        return [lambda model: here(model.parameters(), **options), lambda model: there(model.parameters(), **options)]
    position = {id(p): i for i, p in enumerate(parameters)}
    if not all(id(p) in position for group in optimizer.param_groups for p in group["params"]):
        raise ValueError("compare: the optimizer holds tensors that are no parameters of the model")

    def groups(model: Any) -> list[dict[str, Any]]:
        own = list(model.parameters())
        return [{**g, "params": [own[position[id(p)]] for p in g["params"]]} for g in optimizer.param_groups]

    return [lambda model: here(groups(model)), lambda model: there(groups(model))]


def _loss_of_torch(loss: Any, twins: Twins | None) -> Any:
    torch = _torch()
    if isinstance(loss, nn.Module):
        return _Builder(nn, torch.nn, "PyTorch", _tensor_to_torch, twins).build(loss, "")
    name = getattr(loss, "__name__", "")
    return getattr(torch.nn.functional, name) if getattr(nn.functional, name, None) is loss else loss


class _Builder:
    """Builds modules of the library `there` in the form of modules of the library `here`."""

    def __init__(self, here: Any, there: Any, name: str, convert: Callable[[Any], Any], twins: Twins | None) -> None:
        self.here, self.there, self.name, self.convert, self.twins = here, there, name, convert, twins or {}
        self.built: dict[int, Any] = {}  # a module that stands in several places is built once

    def build(self, module: Any, path: str) -> Any:
        if id(module) not in self.built:
            self.built[id(module)] = self.new(module, path)
        return self.built[id(module)]

    def new(self, module: Any, path: str) -> Any:
        if builder := self.twins.get(type(module)):
            return builder(module)
        kind = self.kind(module)
        if kind is None:
            raise TypeError(
                f"{self.place(module, path)} has no twin in {self.name}: it is not made of known layers alone. "
                f"Say how to build it: twins={{{type(module).__name__}: a function of the module}}"
            )
        there = getattr(self.there, kind)
        if kind in CONTAINERS:
            built = ((name, self.build(part, f"{path}.{name}".lstrip("."))) for name, part in _children(module))
            parts = OrderedDict(built)
            return there(list(parts.values())) if kind == "ModuleList" else there(parts)
        try:
            return there(**self.arguments(module, getattr(self.here, kind), there, path))
        except NotImplementedError as error:
            raise TypeError(f"{self.place(module, path)} has no twin in {self.name}: {error}") from None

    def kind(self, module: Any) -> str | None:
        """The name under which both libraries have what `module` does; None if there is none."""
        classes: tuple[Any, ...] = type(module).__mro__
        for cls in classes:
            name = cls.__name__
            both = getattr(self.here, name, None) is cls and inspect.isclass(getattr(self.there, name, None))
            if both and name != "Module":
                return name if type(module).forward is cls.forward else None
        return None

    def arguments(self, module: Any, here: Any, there: Any, path: str) -> dict[str, Any]:
        """What the namesake is built with. A setting that it does not have must be at its default."""
        accepted = _settings(there)
        values = {}
        for name, default in _settings(here).items():
            value = ARGUMENTS[name](module) if name in ARGUMENTS else getattr(module, name, default)
            if name in accepted:
                values[name] = self.convert(value) if hasattr(value, "detach") else value
            elif value is not default and (hasattr(value, "detach") or value != default):
                raise TypeError(f"{self.place(module, path)} has {name}={value!r:.40}, which {self.name} does not know")
        return values

    def place(self, module: Any, path: str) -> str:
        return f"{type(module).__name__} at {path!r}" if path else type(module).__name__


def _settings(cls: type) -> dict[str, Any]:
    """The arguments of a constructor and their defaults."""
    parameters = list(inspect.signature(cls).parameters.values())
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return {p.name: p.default for p in named if p.name not in PLACES and not p.name.startswith("_")}


def _children(module: Any) -> Iterable[tuple[str, Any]]:
    """The modules in a container, one that stands in several places under each name."""
    names = [name for name, _ in module.named_modules(remove_duplicate=False) if name and "." not in name]
    return [(name, _at(module, name)) for name in names]


def _at(module: Any, path: str) -> Any:
    return reduce(getattr, path.split("."), module) if path else module


def _has(module: Any, *names: str) -> bool:
    return any(getattr(module, name, None) is not None for name in names)


def _tensor_to_torch(tensor: Any) -> Any:
    return _torch().from_numpy(_array(tensor))


def _tensor_from_torch(tensor: Any) -> Tensor:
    return Tensor(_array(tensor))


def _array(values: Any) -> np.ndarray[Any, Any]:
    """A copy of tensors of either library, or of numbers, as an array."""
    values = values if hasattr(values, "dtype") else Tensor(values)
    return np.array(values.numpy(force=True) if hasattr(values, "numpy") else values)


def _copy(source: Any, target: Any, convert: Callable[[Any], Any], parameter: Any) -> None:
    """Give `target` the modes and copies of the tensors of `source`, in their dtype; what is shared stays shared."""
    wanted, found = _tensors(source), _tensors(target)
    if wanted.keys() != found.keys():
        raise TypeError(
            f"{type(source).__name__}: the twin's tensors are not named alike: it lacks "
            f"{sorted(wanted.keys() - found.keys())} and has {sorted(found.keys() - wanted.keys())} instead"
        )
    made: dict[int, Any] = {}
    for name, value in wanted.items():
        owner, _, attribute = name.rpartition(".")
        if tuple(found[name].shape) != tuple(value.shape):
            raise TypeError(f"{name}: the twin's shape is {tuple(found[name].shape)}, not {tuple(value.shape)}")
        if id(value) not in made:
            twin = convert(value)
            trained = isinstance(found[name], parameter)
            made[id(value)] = parameter(twin, requires_grad=value.requires_grad) if trained else twin
        setattr(_at(target, owner), attribute, made[id(value)])
    modes = {name: module.training for name, module in source.named_modules(remove_duplicate=False)}
    for name, module in target.named_modules(remove_duplicate=False):
        module.training = modes.get(name, module.training)


def _tensors(module: Any) -> dict[str, Any]:
    return dict([*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)])


def _torch() -> ModuleType:
    try:
        import torch
    except ImportError as error:
        raise ImportError("nn.interop needs PyTorch: pip install torch") from error
    return torch
