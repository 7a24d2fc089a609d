"""Which memory was written to, and when: so that backward never reads a value that has changed since it was saved.

One clock ticks for every node that is made and for every write in place. A write leaves its time on the memory that it
wrote to (the array that owns it, so a write through any view, `detach()` or `.data` counts); a node has the time when
it was made as its stamp. A node younger than the last write of all needs no comparison: in an ordinary step they all
are.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from functools import partial
from itertools import count
from math import inf
from typing import Any

import numpy as np

LIBRARY = ("autograd", "nn")  # the packages whose lines are not the user's

tick = count(1).__next__
last = 0
rewritten = False  # whether a write was ever recorded: then a view may have to be brought up to date
_written: dict[int, tuple[weakref.ref[Any], int, str]] = {}


def owner(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array that owns the memory of `array`."""
    while (base := getattr(array, "base", None)) is not None and (
        isinstance(base, np.ndarray) or isinstance(getattr(base, "base", None), np.ndarray)
    ):
        array = base
    return array


def wrote(*arrays: Any) -> None:
    """Note that the memory of `arrays` has just been written to in place."""
    global last
    last = now = tick()
    line = user_line()
    for array in arrays:
        if isinstance(array, np.ndarray):
            memory = owner(array)
            key = id(memory)
            known = _written.get(key)
            _written[key] = known[0] if known else weakref.ref(memory, partial(_forget, key)), now, line


def written_since(array: np.ndarray[Any, Any], time: int) -> bool:
    """Whether the memory of `array` was written to after `time`, as the clock gave it."""
    known = _written.get(id(owner(array)))
    return known is not None and known[1] > time


def written_after(time: int, known: Iterable[np.ndarray[Any, Any]]) -> bool:
    """Whether other memory than that of the `known` arrays was written to after `time`, and is still there."""
    own = {id(owner(array)) for array in known}
    noted = _written.copy().items()  # it shrinks as memory is freed
    return any(when > time and key not in own and memory() is not None for key, (memory, when, _) in noted)


def follow(*inputs: Any) -> None:
    """Bring the nodes of those tensors that are views up to date, after a write that was recorded."""
    for x in inputs:
        if hasattr(x, "_follow"):
            x._follow()


def _forget(key: int, _: Any) -> None:
    _written.pop(key, None)


def line_between(array: Any, start: float, end: float) -> str:
    """The line that last wrote to the memory of `array`, if that was between two times: 'file.py:12'; else ""."""
    known = _written.get(id(owner(array)))
    return known[2] if known and start < known[1] < end else ""


class Standing:
    """What stands in the memory of an array, to be put back as if nothing had been written to it since."""

    def __init__(self, array: Any) -> None:
        self.array, self.values = array, array.copy()
        self.known = _written.get(id(owner(array)))

    def put_back(self) -> None:
        """Undo the writes since."""
        self.array[...] = self.values
        _written.pop(id(owner(self.array)), None)
        if self.known:
            _written[id(owner(self.array))] = self.known


def verify(node: Any) -> None:
    """Raise RuntimeError if a value that `node` saved has been written to since."""
    for name, value in node.saved_values.items():
        for array in value if isinstance(value, tuple) else (value,):
            if isinstance(array, np.ndarray) and (line := line_between(array, node.stamp, inf)):
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace "
                    f"operation: {node.op.name} saved its {'output' if name == 'out' else f'input {name}'} of "
                    f"shape {list(array.shape)}, and {line} wrote to it before backward. Make a new value "
                    "there (x = x + y instead of x += y), write to a clone(), or write after backward()"
                )


def user_line() -> str:
    """The line of code outside this library that is running: 'file.py:12'."""
    frame: Any = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in LIBRARY:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
