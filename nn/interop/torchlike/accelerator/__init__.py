"""`torch.accelerator` on a machine without one."""

import typing as _typing

from ... import layout_lookup as _lookup


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None: there is no accelerator."""


def synchronize(device: _typing.Any = None) -> None:
    """Nothing: every operation is done when its call returns."""


def empty_cache() -> None:
    """Nothing: there is no memory of a device."""


def memory_allocated(device_index: _typing.Any = None) -> int:
    """0."""
    return 0


def max_memory_allocated(device_index: _typing.Any = None) -> int:
    """0."""
    return 0


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
