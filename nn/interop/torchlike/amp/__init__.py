"""`torch.amp`: mixed precision, on the CPU."""

import typing as _typing

from autograd import autocast

from ... import layout_lookup as _lookup
from ...mixed_precision import GradScaler, is_autocast_available

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
