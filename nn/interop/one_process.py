"""PyTorch's names for work on several devices, as programs use them that can also do without: there is one process."""

from __future__ import annotations

from typing import Any, NoReturn

from nn import Module

from .noted import note

ALONE = "there is one process and no other device: run the program without it"


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def init_process_group(backend: str | None = None, *args: Any, **options: Any) -> NoReturn:
    """Raises RuntimeError: processes that work together are not supported."""
    raise RuntimeError(f"torch.distributed is not supported by chalkgrad: {ALONE}")


def destroy_process_group(group: Any = None) -> NoReturn:
    """Raises RuntimeError: there is no such group."""
    raise RuntimeError(f"torch.distributed is not supported by chalkgrad: {ALONE}")


class DistributedDataParallel:
    """Raises RuntimeError: processes that work together are not supported."""

    def __init__(self, module: Module, *args: Any, **options: Any) -> None:
        raise RuntimeError(f"DistributedDataParallel is not supported by chalkgrad: {ALONE}")


class DataParallel(Module):
    """Calls `module`, and has it as `self.module`. PyTorch shares the batch among GPUs; there is none."""

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        self.module, self.dim = module, dim
        note("nn.DataParallel calls its module as it is, since there is no GPU")

    def forward(self, *inputs: Any, **options: Any) -> Any:
        return self.module(*inputs, **options)
