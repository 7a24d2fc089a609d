"""`torch.utils.checkpoint`."""

import typing as _typing

from autograd import CheckpointError

from .... import layout_lookup as _lookup
from ....checkpoint_names import (
    checkpoint, checkpoint_sequential, noop_context_fn, set_checkpoint_early_stop,
)  # fmt: skip

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
