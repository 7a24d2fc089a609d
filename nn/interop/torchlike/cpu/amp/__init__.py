"""`torch.cpu.amp`: mixed precision, under its older name."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....mixed_precision import CpuAutocast as _Autocast
from ....mixed_precision import CpuGradScaler as _GradScaler

autocast, GradScaler = _Autocast, _GradScaler

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
