"""`torchvision.models`, so far that a program can import it: no model is here, and none of downloaded weights."""

import typing as _typing

from ... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
