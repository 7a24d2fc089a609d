"""`torch.backends`: flags that can be set, and have no effect."""

import typing as _typing

from ... import layout_lookup as _lookup
from . import cuda, cudnn, mkl, mps, openmp

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
