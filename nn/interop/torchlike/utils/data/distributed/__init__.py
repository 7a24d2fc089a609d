"""`torch.utils.data.distributed`."""

import typing as _typing

from nn.data import DistributedSampler

from ..... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
