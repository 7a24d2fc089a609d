"""`torch.mps` on a machine without Apple's GPU."""

import typing as _typing

from ... import layout_lookup as _lookup


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no device with random numbers of its own."""


def empty_cache() -> None:
    """Nothing: there is no memory of a device."""


def synchronize() -> None:
    """Nothing: every operation is done when its call returns."""


def current_allocated_memory() -> int:
    """0."""
    return 0


def driver_allocated_memory() -> int:
    """0."""
    return 0


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
