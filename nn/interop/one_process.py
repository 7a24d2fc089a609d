"""PyTorch's name for work on several devices of one process, as programs use it that can also do with one."""

from __future__ import annotations

from typing import Any

from nn import Module

from .noted import note


class DataParallel(Module):
    """Calls `module`, and has it as `self.module`. PyTorch shares the batch among GPUs; there is none."""

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        self.module, self.dim = module, dim
        note("nn.DataParallel calls its module as it is, since there is no GPU")

    def forward(self, *inputs: Any, **options: Any) -> Any:
        return self.module(*inputs, **options)
