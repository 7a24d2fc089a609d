"""`torch.backends.openmp`: NumPy brings its own."""

import typing as _typing

from .... import layout_lookup as _lookup


def is_available() -> bool:
    """False."""
    return False


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
