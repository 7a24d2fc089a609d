"""`torch.autograd.function`."""

import typing as _typing

from autograd import Function, once_differentiable

from .... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
