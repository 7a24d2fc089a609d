"""The one switch by which tensors, dtypes and shapes print as PyTorch's."""

from __future__ import annotations

import autograd


def print_as_torch() -> None:
    """Print `torch.float64` and `torch.Size([3, 4])` from now on."""
    switch = getattr(autograd, "print_as_torch", None)
    if switch is not None:
        switch()
