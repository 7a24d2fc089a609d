"""`torch.backends.mps`: there is none."""

import typing as _typing

from .... import layout_lookup as _lookup


def is_available() -> bool:
    """False."""
    return False


def is_built() -> bool:
    """False."""
    return False


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
