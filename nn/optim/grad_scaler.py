"""GradScaler: a loss is multiplied before backward, so that small gradients are not lost in float16."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.hooks import wrote

from ..utils.clipping_times import clipped_since, tick
from .optimizer import Optimizer

T = TypeVar("T")
READY, UNSCALED, STEPPED = "ready", "unscaled", "stepped"


class GradScaler:
    """Multiplies a loss by a scale, divides the gradients by it, and leaves out steps whose gradients overflowed.

        scaler = GradScaler()
        for x, y in batches:
            optimizer.zero_grad()
            with autocast("float16"):
                loss = loss_function(model(x), y)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)  # only if the gradients are to be clipped or looked at
            clip_grad_norm_(model.parameters(), 1.0)
            if scaler.step(optimizer):
                scheduler.step()
            scaler.update()

    The smallest number of float16 above 0 is 6e-8. With the scale S, dS/dw = S dL/dw is computed in its place. Where a
    gradient is infinite or NaN, `step` leaves the parameters alone and `update` makes the scale smaller; after
    `growth_interval` steps in a row without one it is made larger (Micikevicius 2018). bfloat16, which has the range of
    float32, needs no scale.

    Args:
        device: "cpu"; with "cuda" it warns, as PyTorch without CUDA, and is not enabled.
        init_scale: the scale at first.
        growth_factor: what the scale is multiplied by when it grows; above 1.
        backoff_factor: what it is multiplied by after an overflow; below 1.
        growth_interval: the number of steps in a row without overflow after which it grows.
        enabled: False leaves losses and gradients as they are; `step` is the optimizer's.

    Raises AssertionError, as PyTorch, for factors on the wrong side of 1.
    """

    def __init__(
        self,
        device: str = "cpu",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device == "cuda":
            text = "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling."
            warnings.warn(text, stacklevel=2 + (type(self) is not GradScaler))
            enabled = False
        if enabled and growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if enabled and backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._enabled, self._scale, self._growth_tracker = enabled, float(init_scale), 0
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._stages: dict[Optimizer, str] = {}
        self._overflowed: dict[Optimizer, bool] = {}
        self._began = 0  # when a loss was first scaled since the last update; 0 for not at all
        self._used = False

    def scale(self, outputs: T) -> T:
        """A tensor, or each in a list, tuple or other iterable of tensors, times the scale.

        Raises ValueError for anything else.
        """
        if not self._enabled:
            return outputs
        self._used, self._began = True, self._began or tick()
        return self._scaled(outputs, autograd.tensor(self._scale, dtype=autograd.float32))

    def _scaled(self, outputs: Any, scale: Tensor) -> Any:
        if isinstance(outputs, Tensor):
            return outputs * scale
        if not isinstance(outputs, Iterable):
            raise ValueError("outputs must be a Tensor or an iterable of Tensors")
        parts = (self._scaled(output, scale) for output in outputs)
        return type(outputs)(parts) if isinstance(outputs, list | tuple) else parts

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the gradients of the optimizer's parameters by the scale, in place, and see whether they are finite.

        `step` does so if it has not been done. Clip after it. Raises RuntimeError if they have been divided since the
        last `update`, or were clipped before; ValueError for gradients in float16; AssertionError if nothing was
        scaled. In all cases nothing is changed.
        """
        if not self._enabled:
            return
        self._require_scale("unscale_")
        stage = self._stages.get(optimizer, READY)
        if stage is UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if stage is STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        grads = list(self._gradients(optimizer))
        finite = True
        with np.errstate(all="ignore"):
            factor = np.float32(1 / np.float64(self._scale))
            for g in grads:
                finite = finite and bool(np.isfinite(g).all())
                g *= factor
        wrote(*grads)
        self._stages[optimizer] = UNSCALED
        if grads:
            self._overflowed[optimizer] = not finite

    def _gradients(self, optimizer: Optimizer) -> Iterator[Any]:
        """The gradients of the optimizer's parameters, as arrays; raises as `unscale_`."""
        given = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if any(p.grad.dtype == autograd.float16 for p in given):
            raise ValueError("Attempting to unscale FP16 gradients.")
        if any(clipped_since(p, self._began) for p in given):
            raise RuntimeError(
                f"the gradients were clipped while they were multiplied by the scale, {self._scale:g}: call "
                "scaler.unscale_(optimizer) before clipping them"
            )
        return (p.grad.numpy(force=True) for p in given)

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """Call `optimizer.step(...)`, unless a gradient is infinite or NaN; unscales first, if that was not done.

        Returns what the optimizer's step returns; where that is None, which it is without a closure, True. If the step
        was left out, False. (PyTorch returns None in both cases.)

        Raises RuntimeError if it was called since the last `update`, or for a closure; and as `unscale_`.
        """
        if not self._enabled:
            return _ran(optimizer.step(*args, **kwargs))
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._require_scale("step")
        stage = self._stages.get(optimizer, READY)
        if stage is STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if stage is READY:
            self.unscale_(optimizer)
        if optimizer not in self._overflowed:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        result = False if self._overflowed[optimizer] else _ran(optimizer.step(*args, **kwargs))
        self._stages[optimizer] = STEPPED
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Adapt the scale, at the end of an iteration: by what the steps have found, or to `new_scale`.

        Raises AssertionError if nothing was scaled, or no gradients were looked at.
        """
        if not self._enabled:
            return
        self._require_scale("update")
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._overflowed:
            raise AssertionError("No inf checks were recorded prior to update.")
        elif any(self._overflowed.values()):
            self._scale, self._growth_tracker = self._times(self._backoff_factor), 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                grown = self._times(self._growth_factor)
                self._scale, self._growth_tracker = grown if math.isfinite(grown) else self._scale, 0
        self._stages, self._overflowed, self._began = {}, {}, 0

    def _times(self, factor: float) -> float:
        """The scale times a factor, in float32."""
        with np.errstate(all="ignore"):
            return float(np.float32(self._scale) * np.float32(factor))

    def _require_scale(self, function: str) -> None:
        if not self._used:
            raise AssertionError(
                f"Attempted {function} but _scale is None.  This may indicate your script did not use "
                "scaler.scale(loss or outputs) earlier in the iteration."
            )

    def get_scale(self) -> float:
        """The scale; 1.0 if it is not enabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by when it grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by after an overflow."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by after an overflow."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """The number of steps in a row without overflow after which the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set the number of steps in a row without overflow after which the scale grows."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether it does anything."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """The scale, how it changes, and the number of steps since it did; empty if it is not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned. Raises RuntimeError for the state of one that was not enabled."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._scale, self._growth_tracker = float(state_dict["scale"]), state_dict["_growth_tracker"]
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]


def _ran(result: Any) -> Any:
    return True if result is None else result
