"""Parameters and buffers whose shape is not known yet: a lazy layer learns it from its first input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from .parameter import Parameter

KNOWN = {"data", "device", "dtype", "grad", "is_leaf", "requires_grad"}  # without a shape


class UninitializedError(ValueError, RuntimeError):
    """The shape of a tensor is asked for, or its numbers are, before there are any."""


class _Uninitialized:
    """Refuses everything but its dtype and the like, and becomes an ordinary tensor when it is told its shape."""

    __slots__ = ()
    _ordinary: ClassVar[type[Tensor]]

    def materialize(self, shape: Sequence[int], device: DeviceLike = None, dtype: DTypeLike | None = None) -> None:
        """Become a tensor of that shape, with any values, in the dtype it has or in another; it stays the same object.

        Raises RuntimeError for a device other than the CPU.
        """
        data = autograd.empty(tuple(shape), device=device, dtype=dtype or self.dtype)
        object.__setattr__(self, "__class__", type(self)._ordinary)
        self.data = data

    def is_floating_point(self) -> bool:
        """Whether its numbers will have a fractional part."""
        return "float" in self.dtype.name

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Whether it will be trained."""
        self.requires_grad = requires_grad
        return self

    def detach(self) -> Any:
        """Itself: there are no values yet."""
        return self

    def __getattribute__(self, name: str) -> Any:
        if name in KNOWN:
            return _as_ordinary(self, getattr, name)
        if name.startswith("__") or name in _Uninitialized.__dict__:
            return object.__getattribute__(self, name)
        kind = type(self).__name__
        if name == "shape":
            raise UninitializedError(
                "Can't access the shape of an uninitialized parameter or buffer: call the model once with a batch, or "
                "load a state with shapes, before you use it"
            )
        raise UninitializedError(
            f"Attempted to use an uninitialized parameter in {name.strip('_')!r}: a lazy layer learns the shape of its "
            f"{kind} from its first input, so call the model once with a batch before you use it"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        _as_ordinary(self, setattr, name, value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        kind: Any = type(self)
        return memo.setdefault(id(self), kind(self.requires_grad, None, self.dtype))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.requires_grad, None, self.dtype)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def _as_ordinary(tensor: Any, do: Any, *args: Any) -> Any:
    """Do something with a tensor as if it had a shape."""
    kind = type(tensor)
    object.__setattr__(tensor, "__class__", kind._ordinary)
    try:
        return do(tensor, *args)
    finally:
        object.__setattr__(tensor, "__class__", kind)


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter of unknown shape; `materialize` makes it a Parameter, the same object.

    It may be converted to another dtype and given to an optimizer. Raises UninitializedError, which is a ValueError and
    a RuntimeError, when it is computed with, or asked for its shape.
    """

    __slots__ = ()
    _ordinary = Parameter

    def __new__(cls, requires_grad: bool = True, device: DeviceLike = None, dtype: DTypeLike | None = None) -> Any:
        made = Parameter(autograd.empty(0, device=device, dtype=dtype), requires_grad)
        object.__setattr__(made, "__class__", cls)
        return made

    def __init__(self, requires_grad: bool = True, device: DeviceLike = None, dtype: DTypeLike | None = None) -> None:
        pass


class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer of unknown shape; `materialize` makes it a Tensor, the same object. Raises what the parameter does."""

    __slots__ = ()
    _ordinary = Tensor

    def __new__(cls, requires_grad: bool = False, device: DeviceLike = None, dtype: DTypeLike | None = None) -> Any:
        made = autograd.empty(0, device=device, dtype=dtype).requires_grad_(requires_grad)
        object.__setattr__(made, "__class__", cls)
        return made

    def __init__(self, requires_grad: bool = False, device: DeviceLike = None, dtype: DTypeLike | None = None) -> None:
        pass


def is_lazy(param: Any) -> bool:
    """Whether this is a parameter or buffer whose shape is not known yet."""
    return isinstance(param, _Uninitialized)
