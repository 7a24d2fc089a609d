"""`torch.autograd.functional`: derivatives of a function at a point."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....point_derivatives import hessian, hvp, jacobian, jvp, vjp

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
