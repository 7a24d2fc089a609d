"""`torch.onnx`, so far that a program can import it: no model is exported."""

import typing as _typing

from ... import layout_lookup as _lookup


def is_in_onnx_export() -> bool:
    """False: no model is ever being exported."""
    return False


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
