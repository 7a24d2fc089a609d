"""`torch.nn.modules`, where PyTorch keeps the layers."""

import typing as _typing

from nn import *

from .... import layout_lookup as _lookup
from . import module

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
