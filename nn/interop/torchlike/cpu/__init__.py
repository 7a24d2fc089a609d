"""`torch.cpu`: the one device that there is."""

import typing as _typing

from ... import layout_lookup as _lookup
from . import amp


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """ "cpu"."""
    return "cpu"


def synchronize(device: object = None) -> None:
    """Nothing: every operation is done when its call returns."""


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
