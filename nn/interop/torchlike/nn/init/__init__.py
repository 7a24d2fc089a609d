"""`torch.nn.init`."""

import typing as _typing

from nn.init import *

from .... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
