"""`torch.nn.utils`."""

import typing as _typing

from nn.utils import *

from .... import layout_lookup as _lookup
import nn.interop.torchlike.nn.utils.rnn as _rnn  # which the import makes this module's `rnn`

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
