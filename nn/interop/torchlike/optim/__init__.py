"""`torch.optim`."""

import typing as _typing

from nn.optim import *

from ... import layout_lookup as _lookup
import nn.interop.torchlike.optim.lr_scheduler as lr_scheduler  # type: ignore[no-redef]
import nn.interop.torchlike.optim.optimizer as optimizer

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
