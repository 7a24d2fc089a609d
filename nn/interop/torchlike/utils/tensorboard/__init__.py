"""`torch.utils.tensorboard`."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....summary_writer import SummaryWriter

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
