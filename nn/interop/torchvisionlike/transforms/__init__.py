"""`torchvision.transforms`."""

import typing as _typing

from nn.data.transforms import *

from ... import layout_lookup as _lookup
import nn.interop.torchvisionlike.transforms.functional as functional  # type: ignore[no-redef]

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
