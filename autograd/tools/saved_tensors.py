"""What nodes save, in another form: in 16 bits, compressed, in a file. The seam that checkpoints use, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from math import inf
from typing import Any, Self

import numpy as np

from ..core import writes
from ..core.deferred import defer
from ..core.engine import Node, Traced, wrap
from ..core.errors import kind_of
from ..tensors.tensor import Tensor
from .checkpointing import _each, _innermost, _Run


class saved_tensors_hooks(_Run):
    """In a `with` block, nodes keep `pack_hook(tensor)` of each tensor they save; backward gets `unpack_hook` of that.

    As in PyTorch only the innermost of several pairs of hooks applies, and a checkpoint counts as one of them.

    Args:
        pack_hook: takes a tensor without a graph, which it must not write to; returns anything.
        unpack_hook: takes what the other returned; returns a tensor with the values, shape and dtype of the first.

    In backward:
        TypeError: what was unpacked is no tensor.
        RuntimeError: it has another shape or dtype, or its memory was written to since.
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook
        self._blocks: list[ExitStack] = []

    def __enter__(self) -> Self:
        self.outer = _innermost.get()
        self._blocks.append(ExitStack())
        self._blocks[-1].enter_context(self.watching())
        return self

    def __exit__(self, *exception: object) -> None:
        self._blocks.pop().close()

    def note(self, node: Node, inputs: Any) -> None:
        if not node.plan.frees:
            return
        packed: dict[int, Any] = {}  # by the id of an array, which a node may have saved under two names

        def pack(value: Any) -> Any:
            array = value._data if isinstance(value, Traced) else value
            if not isinstance(array, np.ndarray | np.generic):
                return value
            if id(array) not in packed:
                packed[id(array)] = self.keep(array)
            return _Packed(packed[id(array)], value._node if isinstance(value, Traced) else _Packed)

        saved = _each(node.saved, pack)
        defer(node, lambda: _each(saved, lambda x: x.value() if isinstance(x, _Packed) else x))

    def note_write(self, array: Any) -> None:
        """Nothing: what is written to is looked for when it is unpacked."""

    def keep(self, array: Any) -> Callable[[], Any]:
        place, shape, dtype, start = self.pack_hook(wrap(array)), array.shape, array.dtype, writes.tick()

        def unpacked() -> Any:
            tensor: Any = self.unpack_hook(place)
            if not isinstance(tensor, Traced):
                kind = kind_of(tensor)
                raise TypeError(
                    f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {kind}"
                )
            if tensor._data.shape != shape or tensor._data.dtype != dtype:
                raise RuntimeError(
                    f"unpack_hook: expected a tensor of shape {list(shape)} and {dtype}, as was packed, got shape "
                    f"{list(tensor._data.shape)} and {tensor._data.dtype}"
                )
            if line := isinstance(tensor._data, np.ndarray) and writes.line_between(tensor._data, start, inf):
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"{line} wrote to what a pack_hook had returned. Let it return a clone()"
                )
            return tensor._data

        return unpacked


class _Packed:
    """In the place of an array, or of a tensor with its node, what gives it back."""

    def __init__(self, unpacked: Callable[[], Any], node: Any) -> None:
        self.unpacked, self.node = unpacked, node

    def value(self) -> Any:
        array = self.unpacked()
        return array if self.node is _Packed else wrap(array, self.node)
