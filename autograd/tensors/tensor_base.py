"""What a tensor is: a value, its gradient, and Python's protocols. What it can do is in `tensor.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, overload
from weakref import WeakKeyDictionary, ref

import numpy as np

from ..core import dtypes
from ..core.engine import Leaf, Node, Traced, new, node_of, recording, wrap
from ..core.ops import NUMBERS
from ..core.quiet import run_quietly
from ..core.shapes import normalize_axis
from .printing import text
from .torch_names import Size

if TYPE_CHECKING:
    from .tensor import Tensor

# The labels of computed tensors, by their nodes: a drawing shows them when the tensors are long gone.
labels: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
_size = tuple.__new__


class TensorBase(Traced):
    """What a tensor is: an array, and the node that made it."""

    __slots__ = ("_grad", "_label", "_leaf")
    __array_priority__ = 1000

    # -- the value --

    @property
    def _array(self) -> np.ndarray[Any, Any]:
        """The value as memory that others may share: a 0-d result, which NumPy gives as a scalar, becomes an array."""
        data = self._data
        if data.__class__ is not np.ndarray:
            self._data = data = data[...].copy()
        return data

    @property
    def data(self) -> Tensor:
        """A tensor that shares the memory and has no graph.

        What is assigned takes the place of the values; RuntimeError for integers where a gradient is required.
        """
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        array = to_array(value, None if isinstance(value, TensorBase | np.ndarray) else self.dtype)
        if node_of(self) is not None and not dtypes.is_floating(array.dtype):
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex dtype, got "
                f"{array.dtype}"
            )
        self._data = array
        if type(self._node) is Leaf:
            self._node.shape, self._node.dtype = array.shape, array.dtype

    def detach(self) -> Tensor:
        """A tensor that shares the memory and has no graph: gradients stop here."""
        return wrap(self._array)

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """The value as a NumPy array that shares the memory.

        Raises RuntimeError on a tensor that requires grad (outside no_grad), because the array would silently leave
        the graph; `force=True` detaches first.
        """
        if not force and node_of(self) is not None and recording.get():
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead, or compute with "
                "autograd's own functions to keep the graph"
            )
        return self._array

    def item(self) -> Any:
        """The value of a tensor of one element as a Python number.

        Raises RuntimeError for any other number of elements.
        """
        if self._data.size != 1:
            raise RuntimeError(
                f"a Tensor with {self._data.size} elements cannot be converted to Scalar: its shape is "
                f"{list(self.shape)}; index one element first, or use tolist()"
            )
        return self._data.item()

    def tolist(self) -> Any:
        """The value as nested lists of Python numbers."""
        return self._data.tolist()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The data type, a numpy.dtype."""
        return self._data.dtype

    @property
    def shape(self) -> Size:
        """The length of each dimension, a tuple."""
        return _size(Size, self._data.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    @property
    def nbytes(self) -> int:
        """The size of the values in bytes."""
        return self._data.nbytes

    @property
    def itemsize(self) -> int:
        """The size of one value in bytes."""
        return self._data.itemsize

    @overload
    def size(self) -> Size: ...
    @overload
    def size(self, dim: int) -> int: ...
    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or its length along `dim`. Raises IndexError for a dim that the tensor does not have."""
        return self.shape if dim is None else self._data.shape[normalize_axis(dim, self._data.ndim)]

    def dim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self._data.size

    def element_size(self) -> int:
        """The size of one value in bytes."""
        return self._data.itemsize

    def is_contiguous(self) -> bool:
        """Whether the values lie in memory in row-major order."""
        return bool(self._data.flags.c_contiguous)

    def is_floating_point(self) -> bool:
        """Whether the dtype is floating point."""
        return dtypes.is_floating(self._data.dtype)

    # -- the gradient --

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward()` has added up so far: a tensor of the same shape and dtype, or None.

        Assigning anything but a tensor or None raises TypeError, one of another shape or dtype RuntimeError.
        """
        grad = self._kept_grad()
        if grad is not None and not isinstance(grad, Traced):
            grad = self._node.grad = wrap(grad)
        return grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, TensorBase):
                kind = type(value).__name__
                raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {kind}")
            if value is self:
                raise RuntimeError("can't assign a tensor as its own grad: assign a clone() of it")
            if value.shape != self.shape or value.dtype != self.dtype:
                raise RuntimeError(
                    f"assigned grad has data of a different size or dtype: {value.dtype}{list(value.shape)}, expected "
                    f"{self.dtype}{list(self.shape)}, those of the tensor"
                )
        if self._node is None:
            self._grad = value
        else:
            self._node.grad = value

    def _kept_grad(self) -> Any:
        """The gradient as `backward()` left it: an array, a tensor, or None."""
        return getattr(self, "_grad", None) if node_of(self) is None else self._node.grad

    @property
    def requires_grad(self) -> bool:
        """Whether a gradient flows to this tensor.

        Setting it raises RuntimeError for a dtype that is not floating point, and for a computed tensor if set to
        False.
        """
        return node_of(self) is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if wanted and node_of(self) is None:
            if not dtypes.is_floating(self.dtype):
                raise RuntimeError(
                    f"Only Tensors of floating point and complex dtype can require gradients, got {self.dtype}; "
                    "convert it first: x.float()"
                )
            self._node = getattr(self, "_leaf", None) or Leaf(self.shape, self.dtype)
            self._node.shape, self._node.dtype = self.shape, self.dtype
            self._node.variable, self._node.grad = ref(self), getattr(self, "_grad", None)
            if self.label:
                labels[self._node] = self.label
        elif not wanted and node_of(self) is not None:
            if self._node.edges:
                raise RuntimeError("you can only change requires_grad flags of leaf variables. Use detach() instead")
            self._grad, self._leaf, self._node = self.grad, self._node, None  # older graphs lead to this leaf
            self._leaf.grad = None

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` in place and return the tensor. Raises RuntimeError as setting it does."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made this tensor; its gradient, if it requires one, is then kept in `.grad`."""
        return node_of(self) is None or not self._node.edges

    @property
    def grad_fn(self) -> Node | None:
        """The node of the graph that made this tensor; None for a leaf."""
        return None if self.is_leaf else self._node

    @property
    def retains_grad(self) -> bool:
        """Whether `backward()` leaves a gradient on this tensor although it is not a leaf."""
        return not self.is_leaf and self._node.hooks is not None and bool(self._node.hooks.retain)

    # -- Python's protocols --

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {'no values' if not self._data.size else 'more than one value'} is "
                f"ambiguous: its shape is {list(self.shape)}; use .any() or .all()"
            )
        return bool(self._data.item())

    def __float__(self) -> float:
        return float(self._single())

    def __int__(self) -> int:
        return int(self._single())

    def _single(self) -> Any:
        if self._data.size != 1:
            raise ValueError(
                f"only one element tensors can be converted to Python scalars, got {self._data.size} elements of "
                f"shape {list(self.shape)}: "
                "index one element first, or use tolist()"
            )
        return self._data.item()

    def __index__(self) -> int:
        if self.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __contains__(self, value: Any) -> bool:
        return bool((self._data == (value._data if isinstance(value, TensorBase) else value)).any())

    __hash__ = object.__hash__

    def __format__(self, spec: str) -> str:
        number = not self.ndim and (spec or type(self) is self._result)
        return format(self.item(), spec) if number else object.__format__(repr(self), spec)

    def __repr__(self) -> str:
        return text(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol: this one "
                f"was computed by {self._node.op.name}. Use detach().clone(), or recompute it when it is needed "
                "instead of storing it"
            )
        make, state = self.__reduce_ex__(2)
        copy: Tensor = make(*state)
        memo[id(self)] = copy
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.is_leaf:
            raise RuntimeError(f"cannot pickle a tensor that {self._node.op.name} computed: detach() it first")
        grad = self._kept_grad()
        grad = None if grad is None else np.array(grad._data if isinstance(grad, Traced) else grad)
        kind = None if type(self) is Traced._result else type(self)
        return _rebuild, (kind, self._data.copy(), self.requires_grad, grad, self.label)

    @property
    def label(self) -> str:
        """A name for drawings."""
        return getattr(self, "_label", "")

    @label.setter
    def label(self, label: str) -> None:
        self._label = label
        if self._node is not None:
            labels[self._node] = label


def _rebuild(cls: type[Tensor] | None, array: Any, requires_grad: bool, grad: Any, label: str) -> Tensor:
    """What was pickled; `cls` is None for a Tensor, whose name in pickles must not depend on how it prints."""
    tensor: Tensor = new(cls or Traced._result)
    tensor._data, tensor._node = array, None
    if label:
        tensor._label = label
    tensor.requires_grad = requires_grad
    if grad is not None:
        tensor.grad = wrap(grad)
    return tensor


def to_array(data: Any, dtype: Any = None) -> Any:
    """`data` as an array, without a copy if it is one.

    Raises TypeError or ValueError for data that are not numbers or rows of different lengths, RuntimeError for None
    and for Python's numbers beyond the range of an integer `dtype`; those of an array wrap around.
    """
    array: Any
    if isinstance(data, TensorBase):
        array = data._array
    elif isinstance(data, np.ndarray | np.generic):
        array = np.asarray(data) if isinstance(data, np.memmap) else data  # the file itself, not a copy of it
    else:
        if data is None:
            raise RuntimeError("Could not infer dtype of NoneType: expected a number, a nested list or an array")
        if isinstance(data, list | tuple) and any(isinstance(x, TensorBase) for x in data):
            array = np.array([to_array(x) for x in data])
        else:
            try:
                array = np.array(data) if str(getattr(data, "dtype", "")) != "torch.bfloat16" else _of_torch(data)
            except ValueError as error:
                text = f"expected sequences of equal lengths at every level of {data!r:.80}: {error}"
                raise ValueError(text) from None
        if array.dtype == np.float64 and dtype is None and not _holds_float64(data):
            array = array.astype(dtypes.get_default_dtype())
    if not dtypes.known(array.dtype):
        kind = ValueError if isinstance(data, list | tuple) else TypeError
        name = {"U": "str", "S": "bytes", "O": "object"}.get(array.dtype.kind, str(array.dtype))
        raise kind(f"can't convert {type(data).__name__} of {name} to a tensor: expected numbers or bools")
    if dtype is not None and not isinstance(data, TensorBase | np.ndarray):
        dtypes.check_range(array, np.dtype(dtype))
    return array if dtype is None else run_quietly(array.astype, dtype, copy=False)


def _of_torch(data: Any) -> Any:
    """The values of a tensor of PyTorch in bfloat16, which it makes no array of."""
    return data.float().numpy().astype(dtypes.bfloat16())


def _holds_float64(data: Any) -> bool:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.float64 | np.ndarray | TensorBase)


def operands(*xs: Any) -> list[Any]:
    """Every x as it may enter an op: tensors and Python numbers as they are, the rest as tensors.

    Raises as `to_array`.
    """
    return [x if isinstance(x, TensorBase) or x.__class__ in NUMBERS else wrap(to_array(x)) for x in xs]
