"""Module: a network is an object whose attributes are its parameters and its smaller networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Never, ParamSpec, Protocol, Self, TypeVar

import autograd
from autograd import Tensor

from . import module_display
from .module_conversion import Converted
from .module_messages import cannot_assign, no_tensor_given, tell_where, warn_of_hidden
from .module_state import Stateful
from .parameter import Buffer, Parameter, zero_grads

T = TypeVar("T")
P = ParamSpec("P")
Output = TypeVar("Output", covariant=True)


class HasForward(Protocol[P, Output]):
    """A module, as type checkers see a call of it: it takes and gives what its `forward` does."""

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> Output: ...


class Module(Stateful, Converted):
    """Base class of layers and networks.

    Define `forward`, and assign parameters and smaller modules as attributes: that registers them. They are listed in
    the order in which they were first assigned.

        class Perceptron(nn.Module):
            def __init__(self, inputs):
                self.weight = nn.Parameter(autograd.zeros(inputs))
                self.bias = nn.Parameter(autograd.zeros(()))

            def forward(self, x):
                return x @ self.weight + self.bias

    Raises NotImplementedError when it is called without a `forward`, TypeError when an attribute that is a parameter, a
    module or a buffer is assigned something else.
    """

    training = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes: every subclass defines it, with arguments of its own."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(
        self: HasForward[P, Output] | Never,  # noqa: RUF020  no checker minds, and jedi then looks at self alone
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Output:
        """`forward`, between the hooks. An error is passed on with a note that says which module raised it."""
        module: Any = self
        try:
            if not (
                module._forward_hooks
                or module._forward_pre_hooks
                or module._backward_hooks
                or module._backward_pre_hooks
            ):
                return self.forward(*args, **kwargs)
            output: Output = module._call_with_hooks(args, kwargs)
            return output
        except Exception as error:
            if fault := no_tensor_given(error, module, args, kwargs):
                raise tell_where(fault, module) from None
            tell_where(error, module)
            raise

    def __setattr__(self, name: str, value: Any) -> None:
        before = self.__dict__.get(name)
        for kind in (Parameter, Module):
            if isinstance(before, kind) and not (value is None or isinstance(value, kind)):
                raise cannot_assign(value, kind.__name__, name, self, kind)
        if name in self._buffers and not (value is None or isinstance(value, Tensor)):
            raise cannot_assign(value, "buffer", name, self, Tensor)
        if isinstance(value, list | tuple | dict):
            warn_of_hidden(self, name, value, (Module, Parameter))
        if isinstance(value, Buffer):
            self.__dict__["_buffers"] = {**self._buffers, name: value.persistent}
        super().__setattr__(name, value)

    # -- registering: what assignment does, and what it cannot do -----------------------------------------------------

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """A tensor that belongs to the state but is not trained, such as a running mean.

        It is converted by `to` and, if `persistent`, stands in `state_dict`. Raises KeyError for a bad name, TypeError
        for anything but a Tensor.
        """
        self._check_new(name, tensor, Tensor, "buffer")
        self.__dict__["_buffers"] = {**self._buffers, name: persistent}
        self.__dict__[name] = tensor

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """`setattr(self, name, param)`; raises KeyError for a bad name, TypeError for anything but a Parameter."""
        self._check_new(name, param, Parameter, "parameter")
        setattr(self, name, param)

    def register_module(self, name: str, module: Module | None) -> None:
        """`setattr(self, name, module)`; raises KeyError for a bad name, TypeError for anything but a Module."""
        self._check_new(name, module, Module, "module")
        setattr(self, name, module)

    add_module = register_module

    def _check_new(self, name: str, value: Any, kind: type, what: str) -> None:
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"{what} name must be a string, not empty and without a dot, given {name!r}")
        if hasattr(self, name) and (name not in self.__dict__ or self.__dict__[name] is not None):
            raise KeyError(f"attribute {name!r} already exists in {type(self).__name__}")
        if not (value is None or isinstance(value, kind)):
            raise cannot_assign(value, what, name, self, kind)

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

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, each before its children; a shared one once."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
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

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers of this module, then with `recurse` those below it, with dotted names; a shared one once."""
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        met: set[int] = set()
        for path, module in modules:
            for name in module._buffers:
                buffer = module.__dict__.get(name)
                if buffer is not None and not (remove_duplicate and id(buffer) in met):
                    met.add(id(buffer))
                    yield _join(path, name), buffer

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Every buffer once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> Module:
        """The module at a dotted path, "" for this one. Raises AttributeError, naming the step that fails."""
        module: Module = self
        for name in target.split(".") if target else ():
            below = module.__dict__.get(name)
            if not isinstance(below, Module):
                raise AttributeError(f"{type(module).__name__} has no module {name!r}, a step of {target!r}")
            module = below
        return module

    @property
    def _modules(self) -> Mapping[str, Module]:
        """The children by name, to be read only, as programs for PyTorch look at them."""
        return MappingProxyType(dict(self._members(Module)))

    @property
    def _parameters(self) -> Mapping[str, Parameter]:
        """This module's own parameters by name, to be read only."""
        return MappingProxyType(dict(self._members(Parameter)))

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted path. Raises AttributeError, naming the step that fails."""
        module, name = self._last_step(target)
        if not isinstance(parameter := getattr(module, name), Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted path. Raises AttributeError, naming the step that fails."""
        module, name = self._last_step(target)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        buffer: Tensor = getattr(module, name)
        return buffer

    def _last_step(self, target: str) -> tuple[Module, str]:
        """The module that a dotted path leads to, and the attribute of it that is the last step."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`, the last step of {target!r}")
        return module, name

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put `module` at a dotted path, in the place of the one that is there; `strict`: there must be one.

        Raises ValueError for an empty path or what is no Module; AttributeError, naming the step, where the path leads
        to nothing, or to something else than a module.
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`, the last step of {target!r}")
        if not isinstance(getattr(parent, name, module), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def compile(
        self,
        *,
        fullgraph: bool = False,
        dynamic: bool | None = None,
        backend: str | Callable[..., Any] | None = None,
        mode: str | None = None,
        options: dict[str, Any] | None = None,
        disable: bool = False,
    ) -> None:
        """Run `forward` as compiled programs from now on: `autograd.compile`, whose arguments and errors these are.

        The module itself changes: what `module.forward.why` tells, and `module.forward.source` shows, is how.
        """
        self.__dict__.pop("forward", None)
        if not disable:
            self.__dict__["forward"] = autograd.compile(
                self.forward, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options
            )

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module below this one, then with this one."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # -- modes and gradients ------------------------------------------------------------------------------------------

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and below, which changes what dropout and others do.

        Raises ValueError for anything but True and False.
        """
        if not isinstance(mode, bool):
            raise ValueError(f"train: expected mode to be True or False, given {mode!r}")
        for module in list(self.modules()):
            module.training = mode
        return self

    def eval(self) -> Self:
        """`train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` of every parameter: False freezes them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradient of every parameter: to None, or to zeros with `set_to_none=False`."""
        zero_grads(self.parameters(), set_to_none)

    # -- printing -----------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """The layer's settings, which the repr shows in brackets."""
        return ""

    def __repr__(self) -> str:
        kind, settings = type(self).__name__, self.extra_repr().splitlines()
        children = [f"({name}): {module!r}".replace("\n", "\n  ") for name, module in self._members(Module)]
        if not children and len(settings) <= 1:
            return f"{kind}({''.join(settings)})"
        return "\n  ".join([f"{kind}(", *settings, *children]) + "\n)"

    _repr_html_ = module_display.html


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
