"""`torch.autograd`."""

import typing as _typing

from autograd import (
    Function, Variable, detect_anomaly, enable_grad, grad, gradcheck, gradgradcheck, no_grad, set_grad_enabled,
)  # fmt: skip

from ... import layout_lookup as _lookup
from ...older_autograd import backward, set_detect_anomaly
from . import function, functional, graph, profiler

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
