"""`torch.autograd.graph`."""

import typing as _typing

from autograd.hooks import Node, saved_tensors_hooks

from .... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
