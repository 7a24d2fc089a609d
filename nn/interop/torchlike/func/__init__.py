"""`torch.func`: derivatives as functions of functions."""

import typing as _typing

from autograd.func import *
from autograd.func import jacobian as jacrev

from ... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
