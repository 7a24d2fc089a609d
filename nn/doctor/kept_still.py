"""A copy of a model that can be called as if it had not been: what a call could change outside of it is put back.

The copy has its own weights, buffers and attributes. Of the program around it, a call can change what the model's code
names: global variables, variables of enclosing functions, attributes of its classes. They are found in the code, noted,
and restored; where that cannot be known, `TracesError` is raised and nothing is called.
"""

from __future__ import annotations

import builtins
import copy
import dis
import io
import sys
import threading
import types
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from typing import Any

import numpy as np

from autograd import Generator, Tensor

from ..data.streams import aside
from ..module import Module

KNOWN = {
    "autograd", "nn", "torch", "torchvision", "numpy", "math", "cmath", "random", "itertools", "functools", "operator",
    "collections", "copy", "typing", "time", "dataclasses", "enum", "abc", "types", "builtins", "__future__",
    "warnings", "contextlib", "inspect", "sys", "_abc", "string", "re", "fractions", "statistics", "numbers",
}  # fmt: skip
WORLD = {"open", "input", "exec", "eval", "compile", "breakpoint", "__import__", "globals", "vars", "exit", "quit"}
FIXED = (int, float, complex, str, bytes, type(None), range, np.generic, np.dtype)
MOST = 2000  # things that are looked at
MOST_WEIGHTS = 50_000_000  # that are copied
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class TracesError(Exception):
    """Why a model cannot be called without leaving traces."""


@contextmanager
def still(model: Module) -> Iterator[Module]:
    """A copy of the model, without hooks; at the end all else is as it was, and nothing has been printed.

    Raises TracesError if the model cannot be copied, or its code reaches what cannot be put back.
    """
    outside = Outside()
    if sum(p.numel() for p in model.parameters()) > MOST_WEIGHTS:
        raise TracesError(f"it has more than {MOST_WEIGHTS:,} weights")
    for module in model.modules():
        outside.add_class(type(module))
        for value in vars(module).values():
            if isinstance(value, types.FunctionType | types.MethodType):
                outside.add(value)
    mute: Any = Mute(sys.stdout), Mute(sys.stderr)
    shown = warnings.showwarning
    try:
        warnings.showwarning = lambda *args, **options: None
        with aside(), redirect_stdout(mute[0]), redirect_stderr(mute[1]):
            yield _copied(model)
    finally:
        warnings.showwarning = shown
        outside.put_back()


def _copied(model: Module) -> Module:
    memo: dict[int, Any] = {}
    for module in model.modules():
        for value in vars(module).values():
            for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,):
                if isinstance(part, Tensor) and not part.is_leaf:
                    memo[id(part)] = part.detach().clone()
    try:
        twin = copy.deepcopy(model, memo)
    except Exception as error:
        raise TracesError(f"it cannot be copied: {type(error).__name__}: {error}") from None
    for module in twin.modules():
        for name in HOOKS:
            if vars(module).get(name):
                vars(module)[name] = type(vars(module)[name])()
    return twin


class Mute:
    """Stands for a stream: takes what this thread prints, and passes on what others do."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.thread = stream, threading.get_ident()

    def write(self, text: str) -> int:
        """Write nothing, unless another thread does."""
        return len(text) if threading.get_ident() == self.thread else int(self.stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Outside:
    """What functions of the program name, and how it is put back."""

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}
        self._undo: list[Callable[[], Any]] = []

    def put_back(self) -> None:
        """Restore all that was added."""
        for undo in self._undo:
            undo()

    def add_class(self, kind: type) -> None:
        """Add a class and those it is made from: its functions, and its attributes."""
        for each in kind.__mro__:
            if _known(each) or self._met(each):
                continue
            for name, value in list(vars(each).items()):
                self.add(getattr(value, "__func__", None) or getattr(value, "fget", None) or value)
                if not name.startswith("__") and not callable(value) and not hasattr(value, "__get__"):
                    self._undo.append(partial(setattr, each, name, value))

    def add(self, thing: Any) -> None:
        """Add what a function names, or what is in something it names."""
        if isinstance(thing, FIXED) or self._met(thing):
            return
        if isinstance(thing, types.MethodType):
            self.add(thing.__func__)
            self.add(thing.__self__)
        elif isinstance(thing, types.FunctionType):
            if not _known(thing):
                self._add_code(thing, thing.__code__)
        elif isinstance(thing, type):
            self.add_class(thing)
        elif isinstance(thing, types.ModuleType):
            if thing.__name__.partition(".")[0] not in KNOWN:
                raise TracesError(f"its code uses the module {thing.__name__}")
        elif isinstance(thing, Tensor | np.ndarray):
            array = thing.numpy(force=True) if isinstance(thing, Tensor) else thing
            self._undo.append(partial(_fill, array, array.copy()))
        elif isinstance(thing, Generator | np.random.Generator):
            bits: Any = (thing.rng if isinstance(thing, Generator) else thing).bit_generator
            state = bits.state
            self._undo.append(partial(setattr, bits, "state", state))
        else:
            self._add_container(thing)

    def _add_container(self, thing: Any) -> None:
        if isinstance(thing, dict):
            held = dict(thing)
            self._undo += [thing.clear, partial(thing.update, held)]
            parts = list(held.values())
        elif isinstance(thing, list | deque):
            parts = list(thing)
            self._undo += [thing.clear, partial(thing.extend, parts)]
        elif isinstance(thing, set):
            parts = list(thing)
            self._undo += [thing.clear, partial(thing.update, parts)]
        elif isinstance(thing, tuple | frozenset):
            parts = list(thing)
        elif isinstance(thing, Module) or _is_stateful(thing):
            raise TracesError(f"its code uses a {type(thing).__name__} outside of it")
        elif _known(type(thing)):
            return
        else:
            names = dict(vars(thing))
            self._undo += [vars(thing).clear, partial(vars(thing).update, names)]
            self.add_class(type(thing))
            parts = list(names.values())
        for part in parts:
            self.add(part)

    def _add_code(self, function: types.FunctionType, code: types.CodeType) -> None:
        names = function.__globals__
        for cell in function.__closure__ or ():
            if (held := _content(cell)) is not None:
                self._undo.append(partial(setattr, cell, "cell_contents", held))
                self.add(held)
        for each in dis.get_instructions(code):
            name = each.argval
            if each.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                self._restore_name(names, name)
            elif each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                if name in names:
                    self.add(names[name])
                elif name in WORLD and hasattr(builtins, name):
                    raise TracesError(f"its code calls {name}()")
            elif each.opname == "IMPORT_NAME" and name.partition(".")[0] not in KNOWN:
                raise TracesError(f"its code uses the module {name}")
        for part in code.co_consts:
            if isinstance(part, types.CodeType):
                self._add_code(function, part)

    def _restore_name(self, names: dict[str, Any], name: str) -> None:
        if name in names:
            self._undo.append(partial(names.__setitem__, name, names[name]))
            self.add(names[name])
        else:
            self._undo.append(partial(names.pop, name, None))

    def _met(self, thing: Any) -> bool:
        if id(thing) in self._seen:
            return True
        self._seen[id(thing)] = thing
        if len(self._seen) > MOST:
            raise TracesError("its code uses too many things outside of it")
        return False


def _known(thing: Any) -> bool:
    """Whether a class or function is of a library that keeps no state, and prints nothing."""
    return str(getattr(thing, "__module__", None) or "builtins").partition(".")[0] in KNOWN


def _is_stateful(thing: Any) -> bool:
    """Whether a thing changes by being used, in a way that cannot be undone: an iterator, a file, a lock."""
    moves = hasattr(thing, "__next__") or isinstance(thing, io.IOBase)
    return moves or not (_known(type(thing)) or hasattr(thing, "__dict__"))


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _fill(array: Any, values: Any) -> None:
    if not np.array_equal(array, values):
        array[...] = values
