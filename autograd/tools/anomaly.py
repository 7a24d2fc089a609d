"""`detect_anomaly`: which op made the first NaN, and which value was changed behind the engine's back."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from ..core.dtypes import is_floating
from ..core.engine import Node
from ..core.listening import observe
from ..core.writes import user_line

_entered: list[detect_anomaly] = []  # the innermost is the last, and the one that looks


class detect_anomaly:
    """Look at every value and gradient, and raise RuntimeError at the first op that makes a NaN or inf from finite
    numbers.

    The error names the op, the line of your file that called it, and the element. It is raised, too, for a value that
    was saved for backward and then changed through a NumPy array, which nothing else can see. With `check_nan=False`
    only this is looked for. Slow: for debugging. As in PyTorch it holds for all threads.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._notes: dict[Node, tuple[str, list[int]]] = {}
        self._ends: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        _entered.append(self)
        self._ends.append(observe(self))
        return self

    def __exit__(self, *exception: object) -> None:
        self._ends.pop()()
        _entered.remove(self)
        if not self._ends:
            self._notes.clear()

    def _looks(self) -> bool:
        """Whether this is the innermost context, and it is to look for NaN and inf."""
        return self.check_nan and _entered[-1:] == [self]

    def recorded(self, node: Node, inputs: Any, out: Any) -> None:
        """Note where the op was called. Raises RuntimeError if it made a NaN or inf."""
        line = user_line()
        self._notes[node] = line, _checksums(node)
        if not self._looks() or (at := _bad(out)) is None:
            return
        if all(_bad(x) is None for x in inputs if x is not None):
            made = f"{node.op.name} made {np.asarray(out)[at]} at index {list(at)}"
            raise RuntimeError(f"{made}, {line}, from {_values(inputs, at)}")

    def pulled(self, node: Node, g: Any, gradients: Any) -> None:
        """Raises RuntimeError if a saved value has changed, or a rule made a NaN or inf."""
        line, sums = self._notes.get(node, ("a line outside detect_anomaly", None))
        now = _checksums(node)  # none where a checkpoint keeps no values
        if sums and now and sums != now:
            raise RuntimeError(
                f"a value that {node.op.name} saved at {line} has been changed since, through a NumPy array that "
                "shares its memory: write to a copy instead"
            )
        if not self._looks() or _bad(g) is not None:
            return
        for i, r in enumerate(gradients):
            if (at := _bad(r)) is not None:
                hint = ""
                if np.shape(g) == np.shape(r) and not np.asarray(g)[at]:
                    hint = (
                        ". The incoming gradient is 0 there, as it is from where() for the branch not chosen, and 0 "
                        "times an infinite derivative is nan: choose a safe input before the op as well as a result "
                        "after it, where(ok, f(where(ok, x, 1)), 0)"
                    )
                raise RuntimeError(
                    f"Function '{node.name()}' returned {np.asarray(r)[at]} values in its {i}th output: the gradient "
                    f"of {node.op.name} at index {list(at)}; the forward call was at {line}{hint}"
                )


def _bad(x: Any) -> Any:
    """The index of the first NaN or inf, or None."""
    x = np.asarray(x)
    if not is_floating(x.dtype) or np.isfinite(x).all():
        return None
    return tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])


def _checksums(node: Node) -> list[int]:
    values = [v for s in node.saved_values.values() for v in (s if isinstance(s, tuple) else (s,))]
    return [zlib.crc32(np.ascontiguousarray(v).data) for v in values if isinstance(v, np.ndarray)]


def _values(inputs: Any, at: tuple[int, ...]) -> str:
    """The values of the inputs at the element, or the shape of an input that has none there."""
    told = []
    for x in map(np.asarray, inputs):
        place = tuple(0 if n == 1 else i for i, n in zip(at[len(at) - x.ndim :], x.shape, strict=False))
        known = len(place) == x.ndim and all(i < n for i, n in zip(place, x.shape, strict=True))
        told.append(str(x[place]) if known else f"an input of shape {list(x.shape)}")
    return ", ".join(told)
