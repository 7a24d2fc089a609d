"""`torch.nn.parallel`."""

import typing as _typing

from nn.distributed import DistributedDataParallel

from .... import layout_lookup as _lookup
from ....one_process import DataParallel

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
