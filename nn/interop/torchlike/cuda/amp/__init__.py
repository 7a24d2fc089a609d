"""`torch.cuda.amp`: mixed precision, under its older name."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....mixed_precision import CudaAutocast as _Autocast
from ....mixed_precision import GradScaler

autocast = _Autocast

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
