"""Build the twin of a module in another library: the layer of the same name, with the same settings.

Layers of the same name are the same layer with the same arguments, so there is one rule for nearly all: build the
namesake from the arguments that the layer remembers as attributes.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_overloads

Twins = Mapping[type, Callable[[Any], Any]]

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
PARAMETERS = ("ParameterList", "ParameterDict")
NO_SETTINGS = {"device", "dtype", "generator"}  # arguments that do not change what a layer computes

# Arguments that are not remembered as an attribute of the same name, and how to find them in the module.
ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "bias": lambda m: (
        getattr(m, "bias", None) is not False  # which a recurrent layer remembers
        and (
            _has(getattr(m, "linear1", m), "bias", "in_proj_bias")
            or not getattr(m, "affine", getattr(m, "elementwise_affine", True))
        )
    ),
    "add_bias_kv": lambda m: _has(m, "bias_k"),
    "batch_first": lambda m: getattr(m, "self_attn", m).batch_first,
    "custom_decoder": lambda m: m.decoder,
    "custom_encoder": lambda m: m.encoder,
    "d_model": lambda m: m.linear1.in_features if _has(m, "linear1") else m.d_model,
    "decoder_layer": lambda m: m.layers[0],
    "dim_feedforward": lambda m: m.linear1.out_features if _has(m, "linear1") else 1,
    "dropout": lambda m: getattr(getattr(m, "dropout", 0.0), "p", getattr(m, "dropout", 0.0)),
    "encoder_layer": lambda m: m.layers[0],
    "kdim": lambda m: None if m.kdim == m.embed_dim else m.kdim,
    "layer_norm_eps": lambda m: m.norm1.eps if _has(m, "norm1") else 1e-5,
    "nhead": lambda m: m.self_attn.num_heads if _has(m, "self_attn") else m.nhead,
    "p": lambda m: getattr(m, "norm", getattr(m, "p", None)),
    "vdim": lambda m: None if m.vdim == m.embed_dim else m.vdim,
}


class TwinBuilder:
    """Builds modules of the library `there` in the form of modules of the library `here`."""

    def __init__(self, here: Any, there: Any, name: str, convert: Callable[[Any], Any], twins: Twins | None) -> None:
        self.here, self.there, self.name, self.convert, self.twins = here, there, name, convert, twins or {}
        self.built: dict[Any, Any] = {}  # a module that is used in several places is built once

    def build(self, module: Any, path: str) -> Any:
        """The twin of a module, which stands at `path` in the network. Raises TypeError if there is none."""
        if module not in self.built:
            self.built[module] = self.new(module, path)
        return self.built[module]

    def new(self, module: Any, path: str) -> Any:
        """A new twin of a module, which stands at `path` in the network. Raises TypeError if there is none."""
        if builder := self.twins.get(type(module)):
            return builder(module)
        kind = self.kind(module)
        if kind is None:
            raise TypeError(
                f"{_place(module, path)} has no twin in {self.name}: it is not a layer that both libraries have. "
                f"Say how to build it: twins={{{type(module).__name__}: a function of the module}}"
            )
        there = getattr(self.there, kind)
        if kind in CONTAINERS:
            parts = OrderedDict(
                (name, self.build(part, f"{path}.{name}".lstrip("."))) for name, part in _children(module)
            )
            return there(list(parts.values())) if kind == "ModuleList" else there(parts)
        if kind in PARAMETERS:
            values = module.items() if kind == "ParameterDict" else module
            return there([self.kept(value) for value in values])
        try:
            return there(**self.arguments(module, getattr(self.here, kind), there, path))
        except NotImplementedError as error:
            raise TypeError(f"{_place(module, path)} has no twin in {self.name}: {error}") from None

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
        """What the namesake is built with. Raises TypeError for a setting it lacks, unless that is at its default."""
        accepted = _settings(there)
        values = {}
        for name, default in _settings(here).items():
            value = ARGUMENTS[name](module) if name in ARGUMENTS else getattr(module, name, default)
            if name in accepted:
                values[name] = self.translated(value, path)
            elif value is not default and (hasattr(value, "detach") or value != default):
                raise TypeError(f"{_place(module, path)} has {name}={value!r:.40}, which {self.name} does not know")
        return values

    def kept(self, value: Any) -> Any:
        """What a container of parameters keeps: a tensor, a name with one, or anything else."""
        if isinstance(value, tuple):
            return value[0], self.kept(value[1])
        return self.convert(value) if hasattr(value, "detach") else value

    def translated(self, value: Any, path: str) -> Any:
        """A setting as the other library has it: a tensor, a module, a function of its functional, or what it is."""
        if hasattr(value, "detach"):
            return self.convert(value)
        if hasattr(value, "named_modules"):
            return self.build(value, path)
        name = getattr(value, "__name__", "")
        known = inspect.isroutine(value) and hasattr(self.here.functional, name)
        return getattr(self.there.functional, name, value) if known else value


def _place(module: Any, path: str) -> str:
    return f"{type(module).__name__} at {path!r}" if path else type(module).__name__


def _settings(cls: type) -> dict[str, Any]:
    """The arguments of a constructor and their defaults; where it takes any, those that its type hints show."""
    made = inspect.getattr_static(cls, "__init__")
    hints = get_overloads(made) if inspect.isfunction(made) else []
    parameters = inspect.signature(hints[0] if hints else cls).parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != "self"]
    return {p.name: p.default for p in named if p.name not in NO_SETTINGS and not p.name.startswith("_")}


def _children(module: Any) -> Iterable[tuple[str, Any]]:
    """The modules in a container; one that occurs several times, under each of its names."""
    names = [name for name, _ in module.named_modules(remove_duplicate=False) if name and "." not in name]
    return [(name, getattr(module, name)) for name in names]


def _has(module: Any, *names: str) -> bool:
    return any(getattr(module, name, None) is not None for name in names)
