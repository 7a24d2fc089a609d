"""`autocast` and `GradScaler` for programs written for a GPU: numbers keep their dtype, and no loss is scaled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, Self, TypeVar

from autograd import Tensor
from nn.optim import Optimizer

from .noted import note

F = TypeVar("F", bound=Callable[..., Any])
KINDS = ("cpu", "cuda", "mps", "xpu")


class autocast:
    """A `with` block, or a decorated function, in which PyTorch would compute some operations in fewer bits.

    Here they are computed in the dtype that they have. Raises RuntimeError for a device that has no autocast.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if device_type not in KINDS:
            raise RuntimeError(f"autocast: expected a device_type among {', '.join(KINDS)}, given {device_type!r}")
        self.device, self.dtype, self.enabled = device_type, dtype, bool(enabled)
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available. Disabling autocast.", stacklevel=2)
        note(
            f"autocast on {device_type!r}: everything was computed in the dtype it has, in no fewer bits"
            if enabled
            else "autocast(enabled=False) has no effect"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def __call__(self, function: F) -> F:
        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            return function(*args, **options)

        return call  # type: ignore[return-value]


class CudaAutocast(autocast):
    """`torch.cuda.amp.autocast`: `autocast` on "cuda"."""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler:
    """Scales a loss so that gradients in float16 do not vanish; never enabled here, as in PyTorch without CUDA.

    Asked to be enabled, it warns as PyTorch does.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled:
            warnings.warn("GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
        note("GradScaler: no loss is scaled, since no gradient is in float16 that was not asked for")

    def scale(self, outputs: Any) -> Any:
        """The loss, or whatever was given, as it is."""
        return outputs

    def unscale_(self, optimizer: Optimizer) -> None:
        """Nothing: no gradient was scaled."""

    def step(self, optimizer: Optimizer, *args: Any, **options: Any) -> Any:
        """`optimizer.step(...)`."""
        return optimizer.step(*args, **options)

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Nothing: there is no scale to adapt."""

    def get_scale(self) -> float:
        """1.0."""
        return 1.0

    def is_enabled(self) -> bool:
        """False."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """An empty dict, as that of PyTorch's scaler when it is not enabled."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Nothing: there is no state."""
