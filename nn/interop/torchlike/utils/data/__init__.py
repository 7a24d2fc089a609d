"""`torch.utils.data`."""

import typing as _typing

from nn.data import *

from .... import layout_lookup as _lookup
from ....noted_loader import DataLoader
from . import dataloader, dataset, distributed, sampler

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
