"""`torch.optim.lr_scheduler`."""

import typing as _typing

from nn.optim.lr_scheduler import *
from nn.optim.lr_scheduler import LRScheduler as _LRScheduler

from .... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
