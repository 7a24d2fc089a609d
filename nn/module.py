"""Module and Parameter: a network is an object whose attributes are its parameters and its smaller networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np

import autograd
from autograd import Tensor

T = TypeVar("T")


class Parameter(Tensor):
    """A tensor that a Module counts among its parameters when it is assigned as an attribute.

    Shares the memory of `data` (a floating-point Tensor or ndarray of any shape) and keeps its dtype. Raises
    RuntimeError for another dtype, because only floating-point tensors can require gradients.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad=requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{self.detach().requires_grad_(self.requires_grad)!r}"


class Incompatible(NamedTuple):
    """What `load_state_dict(strict=False)` passed over."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """Base class of layers and networks.

    Write `forward`, and assign parameters and smaller modules as attributes; there is nothing to register. Every walk
    goes through the attributes in the order in which they were first assigned.

        class Perceptron(nn.Module):
            def __init__(self, inputs):
                self.weight = nn.Parameter(autograd.zeros(inputs))
                self.bias = nn.Parameter(autograd.zeros(()))

            def forward(self, x):
                return x @ self.weight + self.bias
    """

    training = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.forward(*args, **kwargs)
        except Exception as error:
            _tell_where(error, self)
            raise

    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name)
        for kind in (Parameter, Module):
            if isinstance(before, kind) and not (value is None or isinstance(value, kind)):
                raise TypeError(
                    f"cannot assign {type(value).__name__} as {kind.__name__} {name!r} of {type(self).__name__}: "
                    f"expected nn.{kind.__name__} or None"
                )
        super().__setattr__(name, value)

    # -- walks --------------------------------------------------------------------------------------------------------

    def _members(self, kind: type[T]) -> Iterator[tuple[str, T]]:
        """The attributes of this module that are of one kind, with their names; a shared one under each name."""
        for name, value in list(self.__dict__.items()):
            if isinstance(value, kind):
                yield name, value

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, with their names; a shared one once."""
        met: set[int] = set()
        for name, module in self._members(Module):
            if id(module) not in met:
                met.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it, each before its children, with dotted names; a shared one once."""
        memo = set() if memo is None else memo
        if id(self) in memo and remove_duplicate:
            return
        memo.add(id(self))
        yield prefix, self
        for name, module in self._members(Module):
            yield from module.named_modules(memo, _join(prefix, name), remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each before its children."""
        for _, module in self.named_modules():
            yield module

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters of this module, then with `recurse` those below it, with dotted names; a shared one once."""
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        met: set[int] = set()
        for path, module in modules:
            for name, parameter in module._members(Parameter):
                if not (remove_duplicate and id(parameter) in met):
                    met.add(id(parameter))
                    yield _join(path, name), parameter

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """What an optimizer is given: every parameter once."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    # -- modes and gradients ------------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and below: layers such as dropout behave differently in training and evaluation."""
        if not isinstance(mode, bool):
            raise ValueError(f"train: expected mode to be True or False, given {mode!r}")
        for module in list(self.modules()):
            module.training = mode
        return self

    def eval(self) -> Self:
        """`train(False)`."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget every parameter's gradient, or with `set_to_none=False` make it zero."""
        for parameter in self.parameters():
            zero_grad(parameter, set_to_none)

    # -- dtype --------------------------------------------------------------------------------------------------------

    def to(self, dtype: Any) -> Self:
        """Bring every parameter, and its gradient, to a floating-point dtype; the Parameter objects stay the same."""
        for parameter in self.parameters():
            wanted, grad = parameter.requires_grad, parameter.grad
            parameter.grad = None
            parameter.requires_grad_(False).data = parameter.data.to(dtype)
            parameter.requires_grad_(wanted).grad = None if grad is None else grad.to(dtype)
        return self

    def float(self) -> Self:
        """`to(autograd.float32)`."""
        return self.to(autograd.float32)

    def double(self) -> Self:
        """`to(autograd.float64)`."""
        return self.to(autograd.float64)

    # -- state --------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Tensor]:
        """Every parameter under its dotted name, detached and sharing its memory. Clone the values to keep them."""
        return {name: parameter.detach() for name, parameter in self.named_parameters(remove_duplicate=False)}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> Incompatible:
        """Copy values (Tensors, ndarrays or torch tensors) into the parameters of the same names.

        Raises RuntimeError, and changes nothing, if a shape differs or, when `strict`, if a key is missing or
        unexpected: the message lists them all.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = self.state_dict()
        missing = [key for key in own if key not in state_dict]
        unexpected = [key for key in state_dict if key not in own]
        given = {key: _array(state_dict[key]) for key in own if key in state_dict}
        faults = []
        if strict and missing:
            faults.append(f"Missing key(s) in state_dict: {_quoted(missing)}. ")
        if strict and unexpected:
            faults.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
        for key, value in given.items():
            if value.shape != own[key].shape:
                faults.append(
                    f"size mismatch for {key}: copying a param with shape {tuple(value.shape)} from checkpoint, "
                    f"the shape in current model is {tuple(own[key].shape)}."
                )
        if faults:
            kind = type(self).__name__
            raise RuntimeError("\n\t".join([f"Error(s) in loading state_dict for {kind}:", *faults]))
        for key, value in given.items():
            own[key].copy_(autograd.as_tensor(value))
        return Incompatible(missing, unexpected)

    # -- printing -----------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the brackets of the repr: the layer's settings."""
        return ""

    def __repr__(self) -> str:
        kind, settings = type(self).__name__, self.extra_repr().splitlines()
        children = [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._members(Module)]
        if not children and len(settings) <= 1:
            return f"{kind}({''.join(settings)})"
        return "\n  ".join([f"{kind}(", *settings, *children]) + "\n)"


def zero_grad(tensor: Tensor, set_to_none: bool = True) -> None:
    """Forget the gradient of one tensor, or fill it with zeros."""
    if set_to_none:
        tensor.grad = None
    elif tensor.grad is not None:
        tensor.grad.detach().zero_()


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)


def _array(value: Any) -> Any:
    with autograd.no_grad():
        return np.asarray(value)


def _tell_where(error: Exception, module: Module) -> None:
    """Note on an error which module raised it, with its path from the outermost module that was called."""
    called = error.__dict__.setdefault("_modules_called", [])  # the innermost first
    called.append(module)
    path = [type(module).__name__]
    for outer, inner in pairwise(reversed(called)):
        path.append(next((name for name, below in outer.named_modules() if below is inner), "?"))
    innermost = type(called[0]).__name__ if list(called[0].children()) else repr(called[0])
    notes = [note for note in getattr(error, "__notes__", []) if not note.startswith("raised in module ")]
    error.__notes__ = [*notes, f"raised in module {'.'.join(path)}: {innermost}"]
