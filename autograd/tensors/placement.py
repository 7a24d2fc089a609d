"""What a tensor says about its memory and its type, and new tensors of the same type: methods under PyTorch's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..core.dtypes import SCALARS
from . import creation, random_writes
from .conversion import bfloat16, to
from .device import CPU, DeviceLike, device, require_cpu
from .dims_and_sizes import Sizes
from .storage import Stored
from .tensor_base import TensorBase
from .torch_names import as_torch, dtype
from .type_questions import TypeQuestions

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from .tensor import Tensor


class Placement(Stored, TypeQuestions):
    """Where the values are, of which type they are, and new tensors like them."""

    __slots__ = ()

    # -- devices --

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def cpu(self, memory_format: Any = None) -> Self:
        """The tensor itself."""
        return self

    def cuda(self, device: DeviceLike = None, non_blocking: bool = False, memory_format: Any = None) -> Self:
        """Raises AssertionError, as PyTorch without CUDA; after `map_to_cpu()`, the tensor itself."""
        require_cpu("cuda" if device is None or isinstance(device, int) else device)
        return self

    @property
    def is_cuda(self) -> bool:
        """False: the tensor is on the CPU."""
        return False

    @property
    def is_cpu(self) -> bool:
        """True: the tensor is on the CPU."""
        return True

    @property
    def is_mps(self) -> bool:
        """False: the tensor is on the CPU."""
        return False

    @property
    def is_xpu(self) -> bool:
        """False: the tensor is on the CPU."""
        return False

    def get_device(self) -> int:
        """-1, the number of the CPU."""
        return -1

    def pin_memory(self, device: DeviceLike = None) -> Self:
        """The tensor itself: without an accelerator there is nothing to gain."""
        return self

    def is_pinned(self, device: DeviceLike = None) -> bool:
        """False: the memory is as the operating system gave it."""
        return False

    def is_shared(self) -> bool:
        """False: the memory belongs to this process."""
        return False

    def share_memory_(self) -> Self:
        """The tensor itself: what else runs here are threads, which share all memory."""
        return self

    # -- memory --

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._array.ctypes.data)

    def storage_offset(self) -> int:
        """How many elements of its memory come before the first of this tensor."""
        array = owner = self._array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        return int(array.ctypes.data - owner.ctypes.data) // array.itemsize

    def ndimension(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    def nelement(self) -> int:
        """The number of elements."""
        return self._data.size

    # -- types --

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the type, 'torch.FloatTensor'; given a type, the values in it.

        That may be a dtype, such a name, or a class such as `autograd.FloatTensor`. `non_blocking` has no effect.
        Raises ValueError for a string that names no type, AssertionError for one on another device.
        """
        if dtype is None:
            return f"torch.{SCALARS[self._data.dtype.name]}Tensor"
        return to(self, _dtype_of(dtype))  # type: ignore[call-overload]

    bfloat16 = bfloat16

    def new(self, *data: Any) -> Tensor:
        """`Tensor(*data)` in the dtype of this one."""
        result: Tensor = self._result(*data, dtype=self._data.dtype)
        return result

    def new_tensor(
        self,
        data: Any,
        *,
        dtype: DTypeLike | None = None,
        device: DeviceLike = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """`tensor(data)`, by default in the dtype of this one. Raises as `tensor`."""
        return creation.tensor(data, dtype=dtype or self._data.dtype, device=device, requires_grad=requires_grad)

    def new_zeros(
        self,
        *size: Sizes,
        dtype: DTypeLike | None = None,
        device: DeviceLike = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """`zeros(*size)`, by default in the dtype of this tensor. Raises as `zeros`."""
        return creation.zeros(*size, dtype=dtype or self._data.dtype, device=device, requires_grad=requires_grad)

    def new_ones(
        self,
        *size: Sizes,
        dtype: DTypeLike | None = None,
        device: DeviceLike = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """`ones(*size)`, by default in the dtype of this tensor. Raises as `ones`."""
        return creation.ones(*size, dtype=dtype or self._data.dtype, device=device, requires_grad=requires_grad)

    def new_empty(
        self,
        *size: Sizes,
        dtype: DTypeLike | None = None,
        device: DeviceLike = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """`empty(*size)`, by default in the dtype of this tensor. Raises as `empty`."""
        return creation.empty(*size, dtype=dtype or self._data.dtype, device=device, requires_grad=requires_grad)

    def new_full(
        self,
        size: Sizes,
        fill_value: Any,
        *,
        dtype: DTypeLike | None = None,
        device: DeviceLike = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """`full(size, fill_value)`, by default in the dtype of this tensor. Raises as `full`."""
        kind = dtype or self._data.dtype
        return creation.full(size, fill_value, dtype=kind, device=device, requires_grad=requires_grad)

    # -- random numbers --

    random_ = random_writes.random_
    uniform_ = random_writes.uniform_
    normal_ = random_writes.normal_
    log_normal_ = random_writes.log_normal_
    exponential_ = random_writes.exponential_
    cauchy_ = random_writes.cauchy_
    geometric_ = random_writes.geometric_
    bernoulli_ = random_writes.bernoulli_


_DTYPES = {f"{scalar}Tensor": dtype(name) for name, scalar in SCALARS.items()}


def _dtype_of(kind: Any) -> Any:
    if not isinstance(kind, str):
        return getattr(kind, "holds", kind)
    *module, name = kind.split(".")
    if module[:1] != ["torch"] or name not in _DTYPES or module[1:] not in ([], ["cuda"]):
        raise ValueError(f"invalid type: {kind!r}: expected a dtype, or a name such as 'torch.LongTensor'")
    require_cpu("cuda" if module[1:] else None)
    return _DTYPES[name]


def print_as_torch(wanted: bool = True) -> None:
    """Let shapes print as `torch.Size([2, 3])` and dtypes as `torch.float32`, as in PyTorch; or no longer.

    A shape stays a tuple; a dtype, NumPy's before, becomes an `autograd.dtype`, which is equal to it and is taken
    for it everywhere.
    """
    as_torch[0] = wanted
    setattr(TensorBase, "dtype", _NAMED if wanted else _NUMPY)  # noqa: B010  mypy knows the property


_NUMPY, _NAMED = vars(TensorBase)["dtype"], property(lambda self: dtype(self._data.dtype), doc="An autograd.dtype.")
