"""Mixed precision: 16-bit numbers where they do no harm, float32 everywhere else."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import autograd

from ..optim import Optimizer
from ..optim.grad_scaler import GradScaler

__all__ = ["GradScaler", "MixedPrecision", "autocast"]

CHOICES = ("float16", "bfloat16")


class autocast(autograd.autocast):
    """`autograd.autocast` on the CPU, which says what it does to operations.

        with autocast("bfloat16"):
            loss = loss_function(model(x), y)
        loss.backward()

    Args:
        dtype: "float16", whose gradients need a `GradScaler`, or "bfloat16".
        enabled: False computes as without it, also within another autocast.
        cache_enabled: whether a parameter that was cast is kept for the rest of the region.

    Raises ValueError for another dtype; ImportError for bfloat16 without the package ml_dtypes.
    """

    def __init__(self, dtype: Any = "bfloat16", enabled: bool = True, cache_enabled: bool | None = None) -> None:
        if (name := getattr(dtype, "name", dtype)) not in CHOICES:
            raise ValueError(f"autocast: expected dtype to be 'float16' or 'bfloat16', given {dtype!r}")
        super().__init__("cpu", autograd.dtype(name), enabled, cache_enabled)


class MixedPrecision:
    """What a Trainer needs to train in 16 bits, or not: autocast for the forward pass, and for float16 a scaler.

    Raises ValueError for anything but "float16", "bfloat16" and None.
    """

    def __init__(self, amp: str | None) -> None:
        if amp not in (None, *CHOICES):
            raise ValueError(f"Trainer: expected amp to be 'float16', 'bfloat16' or None, given {amp!r}")
        self.amp, self.scaler, self.skipped = amp, GradScaler(enabled=amp == "float16"), 0

    def forward(self) -> AbstractContextManager[Any]:
        """What the model and the loss are to be computed in."""
        return nullcontext() if self.amp is None else autocast(self.amp)

    def step(self, optimizer: Optimizer) -> bool:
        """A step of the optimizer, if the gradients are finite; adapts the scale. Returns whether it was made."""
        made = self.scaler.step(optimizer) is not False
        self.scaler.update()
        self.skipped += not made
        if not made and 0.5 <= self.scaler.get_scale() < 1:
            warnings.warn(
                "amp: the scale of the loss fell below 1, and there are still gradients that are infinite or NaN. Look "
                "at the loss: if it is finite, a smaller learning rate or amp='bfloat16' may help",
                stacklevel=2,
            )
        return made

    def figures(self) -> dict[str, float]:
        """What the history tells of float16: the scale, and how many steps were left out so far."""
        return (
            {"loss_scale": self.scaler.get_scale(), "skipped_steps": self.skipped} if self.scaler.is_enabled() else {}
        )

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint holds of it."""
        return {"amp": self.amp or "none", "skipped": self.skipped, "scaler": self.scaler.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state. Raises ValueError for one of another dtype."""
        if state["amp"] != (self.amp or "none"):
            raise ValueError(f"it was trained with amp={state['amp']!r}, and this run has amp={self.amp or 'none'!r}")
        self.skipped = state["skipped"]
        self.scaler.load_state_dict(state["scaler"])
