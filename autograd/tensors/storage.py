"""The memory of a tensor: what lies in it, views of it by strides, and other sizes for the same memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import writes
from ..core.engine import node_of, recording, wrap
from ..core.shapes import normalize_axis
from .creation import empty
from .device import DeviceLike
from .dims_and_sizes import Sizes, integers
from .inplace import write
from .rewriting import alone, base_of, selection
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


def memory_of(array: np.ndarray[Any, Any]) -> Any:
    """All the memory that `array` shows a part of, as bytes.

    Raises RuntimeError where that is not one piece, as of an array that another library lends with gaps.
    """
    owner = writes.owner(array)
    flat = owner.reshape(-1, order="A")
    if flat.size and not np.shares_memory(flat, owner):
        raise RuntimeError("the memory of this tensor has gaps that belong to another library: clone() it")
    return flat.view(np.uint8)


class UntypedStorage:
    """The memory of a tensor as bytes; other tensors may share it. Reading gives Python's numbers."""

    __slots__ = ("_memory",)

    def __init__(self, tensor: Tensor) -> None:
        self._memory = memory_of(tensor._array)

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._memory.ctypes.data)

    def nbytes(self) -> int:
        """The size in bytes."""
        return int(self._memory.nbytes)

    def size(self) -> int:
        """The number of elements."""
        return len(self)

    def element_size(self) -> int:
        """The size of one element in bytes."""
        return int(self._memory.itemsize)

    def tolist(self) -> list[Any]:
        """The elements as a list of Python's numbers."""
        found: list[Any] = self._memory.tolist()
        return found

    def __len__(self) -> int:
        return len(self._memory)

    def __getitem__(self, index: int) -> Any:
        return self._memory[index].item()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __repr__(self) -> str:
        kind = type(self).__name__
        return "".join(f" {x}\n" for x in self) + f"[torch.storage.{kind} of size {len(self)}]"


class TypedStorage(UntypedStorage):
    """The memory of a tensor as elements of its dtype."""

    __slots__ = ()

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor)
        self._memory = self._memory.view(tensor._data.dtype)

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        bytes_: UntypedStorage = wrap(self._memory).untyped_storage()
        return bytes_


# -- views by strides -------------------------------------------------------------------------------------------------


def _by_strides(array: Any, shape: tuple[int, ...], stride: tuple[int, ...], start: int) -> Any:
    """The elements of the memory of `array` at `start` and `stride`, counted in elements, which are inside it."""
    memory, width = memory_of(array), array.itemsize
    if not prod(shape):
        return np.empty(shape, array.dtype)
    steps = [s * width for s in stride]
    found: Any = np.ndarray(shape, array.dtype, memory, start * width, steps)
    places = _places(found)
    if len(np.unique(places)) < places.size and 0 not in stride:
        found.flags.writeable = False
    return found


def _places(array: Any) -> Any:
    """The addresses of the elements."""
    places = np.full(array.shape, array.ctypes.data, np.int64)
    for axis, (n, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
        places += (np.arange(n) * stride).reshape((n,) + (1,) * (array.ndim - axis - 1))
    return places


def as_strided(input: Tensor, size: Sizes, stride: Sizes, storage_offset: int | None = None) -> Tensor:
    """A view of the memory: element (i, j, …) is the one at storage_offset + i * stride[0] + j * stride[1] + ….

    The offset is by default that of the tensor. Elements may share a place; where they overlap, but for a stride of 0,
    the view is read-only. Raises RuntimeError for what lies outside the memory, a negative stride, or as many strides
    as there are not sizes; and, where a gradient is wanted, for elements of the memory that are none of the tensor.
    """
    shape, steps = integers((size,)), integers((stride,))
    start = input.storage_offset() if storage_offset is None else storage_offset
    if len(shape) != len(steps):
        raise RuntimeError(f"mismatch in length of strides and shape: got {list(steps)} for {list(shape)}")
    if min((*steps, start), default=0) < 0 or min(shape, default=0) < 0:
        raise RuntimeError(
            "as_strided: Negative strides, offsets and sizes are not supported, got sizes "
            f"{list(shape)}, strides {list(steps)}, storage_offset {start}"
        )
    array = input._array
    needed = (1 + start + sum((n - 1) * s for n, s in zip(shape, steps, strict=True))) if prod(shape) else 0
    if needed > len(memory_of(array)) // array.itemsize:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {start} require a storage of "
            f"{needed} elements, which are out of bounds for storage of {len(memory_of(array)) // array.itemsize}"
        )
    view = wrap(_by_strides(array, shape, steps, start))
    traced = node_of(input) is not None and recording.get()
    if traced and not np.isin(_places(view._array), _places(array)).all():
        raise RuntimeError(
            "as_strided: some elements are no part of the tensor, so no gradient can flow to it: take the view of the "
            "tensor that owns the memory"
        )
    view._parent, view._parent_node = input, input._node
    if traced:
        view._node = selection(view, input)
    return view


def stride(input: Tensor, dim: int | None = None) -> Any:
    """How many elements of the memory one step takes, in each dimension or along `dim`.

    Raises IndexError for a dim that the tensor does not have.
    """
    array = input._array
    steps = tuple(s // array.itemsize for s in array.strides)
    if not array.size:
        steps = tuple(prod(max(n, 1) for n in array.shape[d + 1 :]) for d in range(array.ndim))
    return steps if dim is None else steps[normalize_axis(dim, array.ndim)]


# -- other sizes ------------------------------------------------------------------------------------------------------


def resize_(self: Tensor, *size: Sizes, memory_format: Any = None) -> Tensor:
    """Give the tensor another shape; returns the tensor. Its elements follow one another in the memory.

    If the memory is too small, the tensor gets a new one, with the old elements and then any values; what shared the
    old one keeps that. Raises RuntimeError for a tensor that requires grad, or a view of one, and a negative size.
    """
    shape = integers(size)
    if min(shape, default=0) < 0:
        raise RuntimeError(f"resize_: negative dimensions are not allowed, got {list(shape)}")
    if node_of(self) is not None or node_of(base_of(self)) is not None:
        raise RuntimeError("cannot resize variables that require grad: resize a detach().clone()")
    array, n = self._array, prod(shape)
    left = memory_of(array)[self.storage_offset() * array.itemsize :]
    if n * array.itemsize <= len(left):
        self._data = np.ndarray(shape, array.dtype, left)
    else:
        data = np.empty(n, array.dtype)
        data.view(np.uint8)[: len(left)] = left
        self._data = data.reshape(shape)
        alone(self)
    return self


def resize_as_(self: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """`resize_` to the shape of another tensor; returns the tensor. Raises as `resize_`."""
    return resize_(self, tuple(the_template.shape))


def empty_strided(
    size: Sizes,
    stride: Sizes,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: DeviceLike = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of that shape and those strides, with whatever values the memory held. Raises as `as_strided`."""
    shape, steps = integers((size,)), integers((stride,))
    extent = 1 + sum((n - 1) * s for n, s in zip(shape, steps, strict=False)) if prod(shape) else 0
    made: Tensor = alone(as_strided(empty(max(extent, 0), dtype=dtype, device=device), shape, steps))
    return made.requires_grad_(requires_grad)


# -- a Python function of every element -------------------------------------------------------------------------------


def _mapped(name: str, self: Tensor, callable: Callable[..., float], *others: Tensor) -> Tensor:
    if any(node_of(x) is not None for x in (self, *others)):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    values = [np.broadcast_to(x._data, self.shape).flat for x in (self, *others)]
    results = [callable(*(value.item() for value in row)) for row in zip(*values, strict=True)]
    write(self, ..., np.array(results, dtype=self._data.dtype).reshape(self.shape), name)
    return self


def apply_(self: Tensor, callable: Callable[[Any], float]) -> Tensor:
    """Replace every element x by callable(x), one after the other, which is slow; returns the tensor.

    Raises RuntimeError for a tensor that requires grad.
    """
    return _mapped("apply_", self, callable)


def map_(self: Tensor, other: Tensor, callable: Callable[[Any, Any], float]) -> Tensor:
    """Replace every element x by callable(x, y), y that of `other`, which broadcasts to it; returns the tensor.

    Raises RuntimeError for tensors that require grad.
    """
    return _mapped("map_", self, callable, other)


class Stored(TensorBase):
    """What a tensor tells of its memory, and does with it."""

    __slots__ = ()

    as_strided = as_strided
    stride = stride
    resize_ = resize_
    resize_as_ = resize_as_
    apply_ = apply_
    map_ = map_

    def storage(self) -> TypedStorage:
        """The memory that the tensor shows all or a part of, as elements of its dtype."""
        return TypedStorage(self)  # type: ignore[arg-type]

    def untyped_storage(self) -> UntypedStorage:
        """The memory that the tensor shows all or a part of, as bytes."""
        return UntypedStorage(self)  # type: ignore[arg-type]

    def new_empty_strided(
        self,
        size: Sizes,
        stride: Sizes,
        *,
        dtype: DTypeLike | None = None,
        device: DeviceLike = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """`empty_strided(size, stride)`, by default in the dtype of this tensor. Raises as `empty_strided`."""
        kind = dtype or self._data.dtype
        return empty_strided(size, stride, dtype=kind, device=device, requires_grad=requires_grad)
