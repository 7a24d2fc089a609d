"""`torch.testing`."""

import typing as _typing

from ... import layout_lookup as _lookup
from ...assert_close import assert_close

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
