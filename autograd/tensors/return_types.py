"""How a result of several tensors prints: as a named tuple, or under `print_as_torch` as PyTorch's."""

from __future__ import annotations

from typing import Any

from .torch_names import as_torch


def shown_result(result: Any, name: str, torch_name: str) -> str:
    """The printed form of a named tuple: `name` is its own, and in PyTorch it is torch.return_types.`torch_name`."""
    parts = [f"{field}={part!r}" for field, part in zip(result._fields, result, strict=True)]
    if not as_torch[0]:
        return f"{name}({', '.join(parts)})"
    return "\n".join([f"torch.return_types.{torch_name}(", *(part + "," for part in parts[:-1]), parts[-1] + ")"])
