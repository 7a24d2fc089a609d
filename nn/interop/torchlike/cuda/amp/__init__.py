"""`torch.cuda.amp`: mixed precision, under its older name."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....mixed_precision import CudaAutocast, GradScaler

autocast = CudaAutocast

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
