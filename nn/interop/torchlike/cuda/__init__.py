"""`torch.cuda` as on a machine without CUDA: there are no devices, and what would ask or empty them does nothing."""

import typing as _typing

from ... import layout_lookup as _lookup
from . import amp

_NONE = "Torch not compiled with CUDA enabled"


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_device() -> int:
    """Raises AssertionError: there is no device."""
    raise AssertionError(_NONE)


def set_device(device: _typing.Any) -> None:
    """Raises AssertionError: there is no device."""
    raise AssertionError(_NONE)


def get_device_name(device: _typing.Any = None) -> str:
    """Raises AssertionError: there is no device."""
    raise AssertionError(_NONE)


def get_device_properties(device: _typing.Any = None) -> _typing.Any:
    """Raises AssertionError: there is no device."""
    raise AssertionError(_NONE)


def get_device_capability(device: _typing.Any = None) -> tuple[int, int]:
    """Raises AssertionError: there is no device."""
    raise AssertionError(_NONE)


def manual_seed(seed: int) -> None:
    """Nothing: there is no device with random numbers of its own."""


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no device with random numbers of its own."""


def seed() -> None:
    """Nothing: there is no device with random numbers of its own."""


def seed_all() -> None:
    """Nothing: there is no device with random numbers of its own."""


def get_rng_state_all() -> list[_typing.Any]:
    """An empty list, one state for each device."""
    return []


def set_rng_state_all(new_states: _typing.Iterable[_typing.Any]) -> None:
    """Nothing: there is no device with random numbers of its own."""


def empty_cache() -> None:
    """Nothing: there is no memory of a device."""


def synchronize(device: _typing.Any = None) -> None:
    """Nothing: every operation is done when its call returns."""


def memory_allocated(device: _typing.Any = None) -> int:
    """0."""
    return 0


def max_memory_allocated(device: _typing.Any = None) -> int:
    """0."""
    return 0


def memory_reserved(device: _typing.Any = None) -> int:
    """0."""
    return 0


def max_memory_reserved(device: _typing.Any = None) -> int:
    """0."""
    return 0


def reset_peak_memory_stats(device: _typing.Any = None) -> None:
    """Nothing: there is no memory of a device."""


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
