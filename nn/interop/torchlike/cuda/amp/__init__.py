"""`torch.cuda.amp`: mixed precision on a GPU, which is never enabled here."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....mixed_precision import CudaAutocast as _Autocast
from ....mixed_precision import CudaGradScaler as _GradScaler

autocast, GradScaler = _Autocast, _GradScaler

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
