"""`torch.amp`: mixed precision, which is never on: everything is computed in the dtype that it has."""

import typing as _typing

from ... import layout_lookup as _lookup
from ...mixed_precision import GradScaler, autocast

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
