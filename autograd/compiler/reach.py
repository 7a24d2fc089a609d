"""What a function can reach: the tensors, numbers and settings that the next call of it may find changed.

From its arguments, its closure, the globals that its code names, and the attributes of objects, as deep as they go. The
library's own globals are not among them. What was found is described in a signature: two calls with equal signatures
differ in nothing but the values of tensors, arrays, and of numbers that stand in dicts, such as a learning rate.
"""

from __future__ import annotations

import dis
import operator
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from ..core.engine import Leaf, Traced
from ..core.writes import LIBRARY
from ..tensors.generator import Generator, default_generator

PLAIN = (int, float, bool, complex, str, bytes, type(None), type(...), range, np.dtype, np.generic)
BY_IDENTITY = (
    type, types.CodeType, types.BuiltinFunctionType, types.ModuleType, np.ufunc, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.MethodWrapperType, property, types.GenericAlias,
)  # fmt: skip
TRUSTED = {
    *LIBRARY, "numpy", "math", "cmath", "operator", "functools", "itertools", "typing", "collections", "abc", "numbers",
    "dataclasses", "enum", "copy", "types", "contextlib", "statistics", "builtins", "re",
}  # fmt: skip  # the modules whose functions keep nothing from call to call, and do nothing that would be missed
EFFECTS = {"print", "input", "open", "next", "exec", "eval", "globals", "locals", "vars", "breakpoint"}
IDENTICAL = {"re", "weakref", "_thread", "enum", "numpy"}  # the modules whose objects are what they are
UNCHANGING = {"pathlib", "datetime", "fractions", "decimal"}  # the modules whose objects never change
MOST = 20_000  # things: a function that reaches more is left alone


class Wrapping:
    """The base of what stands for a function, and does not itself change what that computes."""

    function: Any


class Unreachable(Exception):  # noqa: N818  (no error: the function is called as it is)
    """Something that a function reaches, or does, of which no program can know whether it has changed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: in a container, under a key, and if that holds a tuple, at `part` of it."""

    container: Any
    key: Any
    part: int | None = None

    def get(self) -> Any:
        """What stands there now."""
        value = self.container[self.key]
        return value if self.part is None else value[self.part]

    def put(self, value: Any) -> None:
        """Let it be `value`."""
        if self.part is not None:
            whole = self.container[self.key]
            value = (*whole[: self.part], value, *whole[self.part + 1 :])
        self.container[self.key] = value


@dataclass(frozen=True, slots=True)
class Watch:
    """The entries of a container that must be the same objects at the next call, and how many there must be."""

    container: Any
    keys: tuple[Any, ...] | None  # None: all, in order
    values: list[Any]
    count: int
    name: str
    order: tuple[Any, ...] = ()  # all keys of a dict

    def holds(self) -> bool:
        """Whether they still are."""
        container = vars(self.container) if isinstance(self.container, type) else self.container
        if type(container) is types.CellType:
            return container.cell_contents is self.values[0]
        now = container if type(container) is list else container.values()
        if self.keys is not None:
            now = map(container.get, self.keys)
        return (self.count < 0 or len(container) == self.count) and all(map(operator.is_, now, self.values))

    def put_back(self) -> None:
        """Let them be the same objects again."""
        container = self.container
        if self.holds():
            return
        if type(container) is types.CellType:
            container.cell_contents = self.values[0]
        elif type(container) is list:
            container[:] = self.values
        elif isinstance(container, type):
            for key, value in zip(self.order, self.values, strict=True):
                if vars(container).get(key) is not value:
                    setattr(container, key, value)
        else:
            for key in list(container) if self.count >= 0 else ():
                if key not in self.order:
                    del container[key]
            container.update(zip(self.order if self.keys is None else self.keys, self.values, strict=True))


class Reach:
    """What a call reaches: `signature` describes it; tensors, arrays and numbers by place; what to watch.

    Raises Unreachable, with the reason, for what cannot be watched.
    """

    def __init__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.signature: list[Any] = []
        self.tensors: list[Any] = []
        self.arrays: list[Place] = []
        self.numbers: list[Place] = []
        self.generators: list[Generator] = []
        self.watches: list[Watch] = []
        self._met: dict[int, int] = {}
        self._kept: list[Any] = []
        self._visit(default_generator, "the generator")
        self._visit(function, getattr(function, "__name__", "self"))
        self.tensors_of_function = len(self.tensors)
        self.signature.append((len(args), *kwargs))
        for i, value in enumerate((*args, *kwargs.values())):
            self._argument(value, f"argument {i}")

    def _argument(self, value: Any, name: str) -> None:
        if type(value) is float:
            self.signature.append(float)
        elif type(value) is np.ndarray:
            self.signature.append(array_facts(value))
        else:
            self._visit(value, name)

    def _visit(self, value: Any, name: str) -> None:
        kind = type(value)
        if kind in PLAIN or isinstance(value, np.generic | np.dtype):
            self.signature.append((kind, repr(value) if kind in (float, complex) else value))
            return
        if id(value) in self._met:
            self.signature.append(("again", self._met[id(value)]))
            return
        if len(self._met) > MOST:
            raise Unreachable(f"it reaches more than {MOST:,} things, the last by {name}")
        self._met[id(value)] = len(self._met)
        self._kept.append(value)
        if isinstance(value, Traced):
            self._tensor(value, name)
        elif isinstance(value, Generator):
            self.generators.append(value)
            self.signature.append("generator")
        elif isinstance(value, tuple | frozenset):
            self._sequence(value, name)
        elif isinstance(value, list):
            self._list(value, name)
        elif isinstance(value, dict | types.MappingProxyType):
            self._dict(value, name)
        elif isinstance(value, set):
            self._set(value, name)
        elif isinstance(value, types.FunctionType):
            self._function(value, name)
        elif isinstance(value, types.MethodType):
            self._visit(value.__func__, name)
            self._visit(value.__self__, name)
        elif isinstance(value, Wrapping):
            self._visit(value.function, name)
        elif isinstance(value, partial):
            self._visit((value.func, value.args, value.keywords), name)
        elif isinstance(value, BY_IDENTITY) or (kind.__module__ in IDENTICAL and kind is not np.ndarray):
            module = (getattr(value, "__module__", None) or "builtins").partition(".")[0].lstrip("_")
            if callable(value) and module in sys.stdlib_module_names and module not in TRUSTED:
                raise Unreachable(f"{name} is of the module {module}, which may give something else at each call")
            self.signature.append(("same", value))
        else:
            self._object(value, name)

    # -- each kind of thing --

    def _tensor(self, x: Any, name: str) -> None:
        node = x._node
        leaf = type(node) is Leaf
        if hasattr(x, "__dict__"):
            raise Unreachable(f"{name} is {type(x).__name__}, a kind of tensor that may hold more than its values")
        if node is not None and not leaf:
            raise Unreachable(f"{name} is computed from others that require grad, outside of the function")
        if leaf and node.hooks is not None:
            raise Unreachable(f"a hook is registered on {name}")
        if not leaf and getattr(x, "_grad", None) is not None:
            raise Unreachable(f"{name} has a gradient that it does not require")
        self.signature.append(facts(x))
        self.tensors.append(x)
        if leaf and node.grad is not None:
            grad = node.grad
            if isinstance(grad, Traced) and grad._node is not None:
                raise Unreachable(f"the gradient of {name} has a graph")
            self.signature.append(("grad", getattr(grad, "_data", grad).flags.c_contiguous))
            if isinstance(grad, Traced) and id(grad) in self._met:
                raise Unreachable(f"the gradient of {name} is used by another name, too")

    def _sequence(self, value: Any, name: str) -> None:
        self.signature.append((type(value), len(value)))
        for i, inner in enumerate(value):
            self._visit(inner, f"{name}[{i}]")

    def _list(self, value: list[Any], name: str) -> None:
        self.watches.append(Watch(value, None, list(value), len(value), name))
        self._sequence(value, name)

    def _set(self, value: Any, name: str) -> None:
        if not all(isinstance(x, PLAIN) for x in value):
            raise Unreachable(f"{name} is a set of more than numbers and strings")
        raise Unreachable(f"{name} is a set")

    def _dict(self, value: Any, name: str) -> None:
        """A dict of the user's, or an optimizer's: numbers in it, alone and in tuples, may change from call to call."""
        keys = []
        self.signature.append((type(value), len(value)))
        for key, inner in value.items():
            self._visit(key, f"a key of {name}")
            where = f"{name}[{key!r}]" if type(key) in PLAIN else f"{name}[…]"
            if isinstance(value, dict) and self._changing(value, key, inner, where):
                continue
            keys.append(key)
            self._visit(inner, where)
        if isinstance(value, dict):
            every = len(keys) == len(value)
            values = list(value.values()) if every else [value[key] for key in keys]
            self.watches.append(Watch(value, None if every else tuple(keys), values, len(value), name, tuple(value)))

    def _changing(self, holder: Any, key: Any, value: Any, name: str) -> bool:
        """Note a number, a tuple of numbers or an array that may be another at the next call."""
        if type(value) in (float, int):
            self.numbers.append(Place(holder, key))
            self.signature.append(type(value))
        elif type(value) is tuple and value and all(type(x) in (float, int) for x in value):
            self.numbers += [Place(holder, key, i) for i in range(len(value))]
            self.signature.append(tuple(map(type, value)))
        elif type(value) is np.ndarray:
            if id(value) in self._met:
                raise Unreachable(f"{name} is an array that is used by another name, too")
            self._met[id(value)] = len(self._met)
            self._kept.append(value)
            self.arrays.append(Place(holder, key))
            self.signature.append(array_facts(value))
        else:
            return False
        return True

    def _function(self, value: Any, name: str) -> None:
        self.signature.append(("function", value.__code__))
        home = value.__globals__.get("__name__", "").partition(".")[0]
        if home in TRUSTED:
            if (wrapped := getattr(value, "__wrapped__", None)) is not None:
                self._visit(wrapped, name)
            elif home == "nn":
                self._closure(value)
            return
        found = named_globals(value.__code__)
        if found.fault:
            raise Unreachable(found.fault)
        scope = value.__globals__
        own = value.__dict__
        self.watches.append(Watch(own, None, list(own.values()), len(own), value.__name__, tuple(own)))
        for key, inner in own.items():
            self._visit(inner, f"{value.__name__}.{key}")
        names = tuple([each for each in found.names if each in scope])
        effect = next((each for each in found.names if each in EFFECTS and each not in scope), None)
        if effect:
            raise Unreachable(f"{effect}() would be left out of a program")
        self.watches.append(Watch(scope, names, [scope[each] for each in names], -1, "the globals"))
        for each in names:
            self._global(scope[each], each, found.attributes)
        self._closure(value)
        for given in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()):
            self._visit(given, "a default value")

    def _closure(self, value: Any) -> None:
        for each, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
            try:
                self.watches.append(Watch(cell, None, [cell.cell_contents], -1, each))
                self._visit(cell.cell_contents, each)
            except ValueError:
                raise Unreachable(f"{each} has no value yet") from None

    def _global(self, value: Any, name: str, attributes: tuple[str, ...]) -> None:
        """A global: of a module those attributes that the code names."""
        if not isinstance(value, types.ModuleType):
            self._visit(value, name)
        elif value.__name__.partition(".")[0] in sys.stdlib_module_names - TRUSTED:
            raise Unreachable(f"it uses the module {value.__name__}, which may do something else at each call")
        elif value.__name__.partition(".")[0] not in TRUSTED:
            names = tuple([each for each in attributes if each in value.__dict__])
            values = [value.__dict__[each] for each in names]
            self.watches.append(Watch(value.__dict__, names, values, -1, name))
            for each, inner in zip(names, values, strict=True):
                self._visit(inner, f"{name}.{each}")

    def _object(self, value: Any, name: str) -> None:
        kind = type(value)
        if isinstance(value, np.ndarray):
            raise Unreachable(f"{name} is a NumPy array: make it a tensor, or give it as an argument")
        module = kind.__module__.partition(".")[0]
        if module in UNCHANGING:
            self.signature.append(("same", value))
            return
        if hasattr(kind, "__next__") or module in sys.stdlib_module_names - TRUSTED - {"argparse"}:
            raise Unreachable(f"{name} is {kind.__name__}, which gives something else at each call")
        attributes = getattr(value, "__dict__", None)
        if attributes is None and not isinstance(value, OrderedDict):
            raise Unreachable(f"{name} is {kind.__module__}.{kind.__name__}, which may change unseen")
        self.signature.append(("object", kind, len(attributes or ())))
        self._class(kind)
        if attributes is not None:
            values = list(attributes.values())
            self.watches.append(Watch(attributes, None, values, len(attributes), name, tuple(attributes)))
            for key, inner in attributes.items():
                self.signature.append(key)
                self._attribute(attributes, key, inner, f"{name}.{key}" if name != "self" else key)

    def _attribute(self, holder: Any, key: str, value: Any, name: str) -> None:
        if type(value) is np.ndarray:
            raise Unreachable(f"{name} is a NumPy array: make it a tensor, or give it as an argument")
        self._visit(value, name)

    def _class(self, kind: type) -> None:
        """What a user's class holds: methods, for the globals that they name, and settings."""
        for base in kind.__mro__:
            if base.__module__.partition(".")[0] in TRUSTED or id(base) in self._met:
                continue
            if vars(base).get("__slots__"):
                raise Unreachable(f"{base.__name__} has slots, which may change unseen")
            self._met[id(base)] = len(self._met)
            held = dict(vars(base))
            self.watches.append(Watch(base, None, list(held.values()), len(held), base.__name__, tuple(held)))
            for name, value in held.items():
                inner = getattr(value, "__func__", getattr(value, "fget", value))
                if isinstance(inner, types.FunctionType | Wrapping):
                    if name in ("forward", "__call__", "__getattr__") or not name.startswith("__"):
                        self._visit(inner, name)
                elif not name.startswith("__") and name != "_abc_impl":
                    self._visit(value, f"{base.__name__}.{name}")


# -- what is known of one thing ----------------------------------------------------------------------------------------


def facts(x: Any) -> tuple[Any, ...]:
    """What a program takes for granted of a tensor."""
    return type(x), x._node is not None, *array_facts(x._data)


def array_facts(value: Any) -> tuple[Any, ...]:
    """What a program takes for granted of an array: shape and dtype, and how it lies in memory."""
    plain = isinstance(value, np.ndarray)
    layout = None if value.flags.c_contiguous else value.strides
    return plain, value.shape, value.dtype, layout, value.flags.writeable


@dataclass(frozen=True, slots=True)
class Named:
    """What the code of a function names: globals, attributes; and why it cannot be compiled, if it cannot."""

    names: tuple[str, ...]
    attributes: tuple[str, ...]
    fault: str | None


@cache
def named_globals(code: types.CodeType) -> Named:
    """What a code object names, and those within it: lambdas, comprehensions, functions defined in it."""
    names: dict[str, None] = {}
    attributes: dict[str, None] = {}
    fault = f"{code.co_name} is a generator" if code.co_flags & 0x2A0 and code.co_name[0] != "<" else None
    for each in within(code):
        for step in dis.get_instructions(each):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                names[step.argval] = None
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                attributes[step.argval] = None
            elif step.opname == "STORE_GLOBAL" or (step.opname == "STORE_DEREF" and step.argval in code.co_freevars):
                fault = f"{code.co_name} assigns {step.argval}, a variable from outside"
            elif step.opname in ("IMPORT_NAME", "DELETE_GLOBAL"):
                fault = fault or f"{code.co_name} imports {step.argval} as it runs"
    return Named(tuple(names), tuple(attributes), fault)


def within(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and all that are defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from within(constant)
