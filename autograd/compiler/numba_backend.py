"""The Numba back end: a program as one compiled function, or a few with NumPy's calls between them.

Read on in this order: numba_calls (what a program is taken apart into), numba_symbols and numba_tracer (how: by running
its functions on symbols), numba_functions and numba_indexing (NumPy's functions), numba_numbers (Python's numbers),
numba_scalars (the table of what a loop computes), numba_loops (which calls share a loop), numba_memory (where numbers
stand), numba_writer (the source), numba_arrays and numba_maths (what the source calls), numba_threads (large loops,
divided), numba_cache (files).

Sums are added in another order than in NumPy; powers and functions such as exp, tanh, log and sin may differ in the
last places; and of maximum(0.0, -0.0) the sign may be the other. All else is equal to the bit.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from .buffers import aligned
from .numba_cache import module_of
from .numba_calls import Check, Outside, View
from .numba_loops import Group, groups_of
from .numba_memory import Memory, plan
from .numba_threads import by_threads, shared_rows
from .numba_tracer import calls_of
from .numba_writer import UNFIT, function_source
from .program import Program, Slot, Unsupported, mapped

HEADER = '''"""Written by autograd.compile."""

from math import acos, acosh, asin, asinh, atan, atan2, atanh, copysign, cos, cosh, hypot, inf, log1p, log2, log10, nan
from math import sin, sinh, sqrt, tan

from numba import bool_, float32, float64, int8, int16, int32, int64, njit, uint8, uint16, uint32, uint64
from numpy import ceil, dot, exp2, floor, rint, trunc

from autograd.compiler.numba_arrays import array, at, choose, chosen, fits, larger, plus, smaller
from autograd.compiler.numba_maths import exp, expm1, log, tanh
'''
OPTIONS = 'cache=True, nogil=True, no_cfunc_wrapper=True, error_model="numpy"'


def compile_program(program: Program) -> NumbaProgram:
    """The program, compiled. Raises ImportError without Numba and SciPy, Unsupported for what Numba cannot compile."""
    import scipy.linalg.cython_blas  # noqa: F401  # the BLAS that Numba calls

    try:
        return NumbaProgram(program)
    except Exception as error:
        raise Unsupported(f"Numba cannot compile it: {error}") from error


class NumbaProgram:
    """A program that runs: called with its inputs it returns its outputs, and then numbers that are written to.

    Writes to arrays are made in place, once nothing can fail any more. Inputs that are written to must not share memory
    with others. Raises what a failed check or a call of NumPy raises, with nothing written.
    """

    def __init__(self, program: Program) -> None:
        calls = calls_of(program)
        groups = groups_of(calls)
        self.memory = plan(calls, groups)
        self.calls, self.weak = calls, [slot.weak for slot in program.outputs]
        self.checks: list[Check] = []
        self.block = aligned(self.memory.nbytes)
        self._lock = threading.Lock()
        parts = {f"step_{k}": part for k, part in enumerate(parts_of(groups, self.memory))}
        given: dict[str, list[Slot]] = {}
        self.source, text = "", HEADER
        for name, part in parts.items():
            if isinstance(part, Outside):
                self.source += f"# {part.name}: computed by NumPy\n\n"
                continue
            shared = shared_rows(part[0], self.memory) > 0
            source, given[name] = function_source(name, part, self.memory, self.checks, shared)
            self.source += source + "\n"
            text += f"\n\n@njit({signature(given[name], shared)!r}, {OPTIONS})\n{source}"
        module = module_of(text)
        self.parts = [(self._ready(module, name, part), given.get(name)) for name, part in parts.items()]
        self._call = self._driver()

    def _ready(self, module: Any, name: str, part: Any) -> Any:
        """What makes a part: its compiled function, which threads may share; a call of NumPy's is left as it is."""
        if isinstance(part, Outside):
            return part
        rows = shared_rows(part[0], self.memory)
        function = getattr(module, name)
        return by_threads(function, rows) if rows else function

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        if len(self.parts) == 1:
            try:
                result: tuple[Any, ...] = self._call(*inputs)
                return result
            except TypeError:  # of the compiled function: some array is not as it is compiled for
                pass
        given = [self._prepared(x, slot) for x, slot in zip(inputs, self.calls.inputs, strict=True)]
        result = self._call(*given)
        targets = {to for to, _ in self.calls.writes}
        for x, y, slot in zip(inputs, given, self.calls.inputs, strict=True):
            if slot in targets and x is not y and isinstance(x, np.ndarray):
                x[...] = y
        return result

    def _prepared(self, x: Any, slot: Slot) -> Any:
        """An input as it is compiled for. Raises TypeError for one of another dtype or number of axes."""
        if slot.weak or (type(x) is np.ndarray and x.flags.carray and x.dtype == slot.dtype and x.shape == slot.shape):
            return x
        a = np.require(x, None, ["C", "W", "A"])
        if a.dtype != slot.dtype or a.shape != slot.shape:
            raise TypeError(f"compiled for {slot.dtype} {list(slot.shape)}, given {a.dtype} {list(a.shape)}")
        return a

    def _driver(self) -> Any:
        """The function that calls the parts, as source: it is short, and runs at every step."""
        calls, memory = self.calls, self.memory
        scope: dict[str, Any] = {"empty": np.empty, "memory": self.block, "lock": self._lock, "failed": self._failed}
        scope |= {repr(slot): value for slot, value in calls.constants.items()}
        for slot, at in memory.offsets.items():
            if slot not in memory.rows:
                n = int(np.prod(slot.shape)) * slot.dtype.itemsize
                scope[repr(slot)] = self.block[at : at + n].view(slot.dtype).reshape(slot.shape)
        lines = [f"def call({', '.join(map(repr, calls.inputs))}):"]
        for k, slot in enumerate(calls.outputs):
            scope[f"dtype_{k}"] = slot.dtype
            lines.append(f"    {slot} = empty({slot.shape}, dtype_{k})")
        if self.parts:
            lines.append("    with lock:")
        for k, (part, given) in enumerate(self.parts):
            if given is None:
                slots = list(dict.fromkeys(memory.holder(s) for v in part.operands for s in v.slots()))
                scope[f"part_{k}"] = run_outside(part, slots, memory)
                scope |= {repr(s): np.empty(s.shape, s.dtype) for s in slots if 0 in s.shape and not memory.kept(s)}
                to = memory.holder(part.out.slot)
                kept = memory.kept(part.out.slot)
                lines.append(f"        {f'{to}[...] = ' if kept else ''}part_{k}({', '.join(map(repr, slots))})")
            else:
                scope[f"part_{k}"] = part
                lines.append(f"        code = part_{k}({', '.join(['memory', *map(repr, given)])})")
                lines.append("        if code: failed(code)")
        numbers = [value for to, value in calls.writes if to.weak]
        outputs = zip(calls.outputs, self.weak, strict=True)
        returned = [
            *[f"{v}.item()" if weak else repr(v) for v, weak in outputs],
            *[f"{memory.holder(v)}.item()" for v in numbers],
        ]
        lines.append(f"    return ({''.join(f'{name}, ' for name in returned)})")
        exec("\n".join(lines), scope)
        return scope["call"]

    def _failed(self, code: int) -> None:
        if code == UNFIT:
            raise TypeError("an array has another shape than was compiled for")
        raise self.checks[code - 1].error()


def parts_of(groups: list[Group], memory: Memory) -> list[Any]:
    """The groups as parts: those that are compiled together, one that threads share, and NumPy's calls between them."""
    parts: list[Any] = []
    together = False
    for group in groups:
        shared = shared_rows(group, memory) > 0
        if isinstance(group, Outside):
            parts.append(group)
        elif together and not shared:
            parts[-1].append(group)
        else:
            parts.append([group])
        together = not shared and not isinstance(group, Outside)
    return parts


def signature(given: list[Slot], shared: bool) -> str:
    """The types that a part is compiled for."""
    kinds = ["int64", "int64", "uint8[::1]"] if shared else ["uint8[::1]"]
    for slot in given:
        name = "boolean" if slot.dtype.kind == "b" else slot.dtype.name
        kinds.append(name if slot.weak else f'Array({name}, {len(slot.shape)}, "C")')
    return f"int64({', '.join(kinds)})"


def run_outside(call: Outside, slots: list[Slot], memory: Memory) -> Any:
    """A function of the arrays of `slots` that makes a call of NumPy's on the views it was recorded with."""
    where = {slot: k for k, slot in enumerate(slots)}

    def run(*arrays: Any) -> Any:
        def shown(x: Any) -> Any:
            if type(x) is not View:
                return x
            slot = memory.holder(x.slot)
            a = arrays[where[slot]]
            if slot.weak and not isinstance(a, np.ndarray):
                return a
            strides = [s * a.itemsize for s in x.strides]
            view = np.lib.stride_tricks.as_strided(a.reshape(-1)[x.offset :], x.shape, strides)
            return view.item() if x.slot.weak else view if x.shape else view[()]

        with np.errstate(all="ignore"):
            return call.function(*mapped(call.arguments, shown), **mapped(call.options, shown))

    return run
