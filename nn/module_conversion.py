"""Other dtypes and other memory for all tensors of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self, overload

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from .parameter import Parameter


class Converted:
    """The part of a Module that converts its parameters and buffers. The Parameter objects stay the same."""

    parameters: Callable[..., Iterator[Parameter]]
    buffers: Callable[..., Iterator[Tensor]]

    @overload
    def to(
        self,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
        non_blocking: bool = False,
        *,
        memory_format: Any = None,
    ) -> Self: ...
    @overload
    def to(self, dtype: DTypeLike | Tensor, non_blocking: bool = False, *, device: DeviceLike = None) -> Self: ...
    def to(
        self,
        *place: Any,
        dtype: Any = None,
        device: Any = None,
        non_blocking: bool = False,
        memory_format: Any = None,
    ) -> Self:
        """Convert every parameter, its gradient and every floating-point buffer to a floating-point dtype.

        It may follow a device, or be that of a tensor. The Parameter objects stay the same. Raises TypeError for
        another dtype, and what `Tensor.to` raises for a device that is not the CPU.
        """
        probes: list[Any] = [autograd.zeros((), dtype=kind) for kind in (autograd.float32, autograd.bool)]
        kind, other = (probe.to(*place, dtype=dtype, device=device).dtype for probe in probes)
        if kind != other:  # there is no dtype among the arguments
            return self
        if "float" not in kind.name:
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={kind}")
        for parameter in self.parameters():
            grad = parameter.grad
            parameter.data = parameter.data.to(kind)
            parameter.grad = None if grad is None else grad.to(kind)
        for buffer in self.buffers():
            if buffer.is_floating_point():
                buffer.data = buffer.data.to(kind)
        return self

    def float(self) -> Self:
        """`to(autograd.float32)`."""
        return self.to(autograd.float32)

    def double(self) -> Self:
        """`to(autograd.float64)`."""
        return self.to(autograd.float64)

    def half(self) -> Self:
        """`to(autograd.float16)`."""
        return self.to(autograd.float16)

    def bfloat16(self) -> Self:
        """`to(autograd.bfloat16)`."""
        return self.to(autograd.bfloat16)

    def cpu(self) -> Self:
        """The module itself: all its tensors are on the CPU."""
        return self

    def cuda(self, device: DeviceLike = None) -> Self:
        """Raises AssertionError, as PyTorch without CUDA; after `autograd.map_to_cpu()`, the module itself."""
        autograd.zeros(()).cuda(device)
        return self

    def type(self, dst_type: DTypeLike | str) -> Self:
        """Convert every parameter, its gradient and every buffer to a type: a dtype, or a name of `Tensor.type`.

        That includes buffers of integers. Raises TypeError for one that is not floating point.
        """
        kind = autograd.zeros(()).type(dst_type).dtype
        self.to(kind)
        for buffer in self.buffers():
            buffer.data = buffer.data.to(kind)
        return self

    def to_empty(self, *, device: DeviceLike, recurse: bool = True) -> Self:
        """Give every parameter and buffer new memory, with whatever values that held, and no gradient yet.

        Raises what `Tensor.to` raises for a device that is not the CPU.
        """
        for tensor in (*self.parameters(recurse), *self.buffers(recurse)):
            tensor.data = autograd.empty_like(tensor.detach(), device=device)
        return self

    def share_memory(self) -> Self:
        """The module itself: what else runs here are threads, which share all memory."""
        return self
