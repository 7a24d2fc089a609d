"""`torch.nn`."""

import typing as _typing

from nn import *
from nn.distributed import SyncBatchNorm

from ... import layout_lookup as _lookup
import nn.interop.torchlike.nn.functional as functional  # type: ignore[no-redef]
import nn.interop.torchlike.nn.init as init  # type: ignore[no-redef]
import nn.interop.torchlike.nn.modules as modules
import nn.interop.torchlike.nn.parallel as parallel
import nn.interop.torchlike.nn.parameter as parameter
import nn.interop.torchlike.nn.utils as utils  # type: ignore[no-redef]
from ...one_process import DataParallel

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
