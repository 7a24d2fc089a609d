"""PyTorch's `torch.amp`, `torch.cpu.amp` and `torch.cuda.amp`: `nn.train.amp` with their arguments and defaults."""

from __future__ import annotations

from typing import Any

import autograd
from nn.optim import grad_scaler


def is_autocast_available(device_type: str) -> bool:
    """Whether PyTorch has autocast for a type of device; that of "cpu" alone changes anything here."""
    try:
        autograd.get_autocast_dtype(device_type)
    except RuntimeError:
        return False
    return True


class GradScaler(grad_scaler.GradScaler):
    """`nn.train.amp.GradScaler`, by default for "cuda", where it warns and is not enabled."""

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__(device, init_scale, growth_factor, backoff_factor, growth_interval, enabled)


class CudaGradScaler(grad_scaler.GradScaler):
    """`torch.cuda.grad_scaler.GradScaler`: warns and is not enabled, as in PyTorch without CUDA."""

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


class CpuGradScaler(grad_scaler.GradScaler):
    """`torch.cpu.amp.GradScaler`: `nn.train.amp.GradScaler`."""

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


class CudaAutocast(autograd.autocast):
    """`torch.cuda.amp.autocast`: `autocast` on "cuda", which warns and is not enabled."""

    def __init__(self, enabled: bool = True, dtype: Any = autograd.float16, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class CpuAutocast(autograd.autocast):
    """`torch.cpu.amp.autocast`: `autocast` on "cpu"."""

    def __init__(self, enabled: bool = True, dtype: Any = autograd.bfloat16, cache_enabled: bool = True) -> None:
        super().__init__("cpu", dtype, enabled, cache_enabled)
