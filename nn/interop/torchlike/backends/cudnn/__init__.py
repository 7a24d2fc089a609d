"""`torch.backends.cudnn`: its flags have no effect. Every algorithm here is deterministic."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....flags import hold_flags as _hold_flags

enabled = True
benchmark = deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """None: there is no cuDNN."""


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)

_hold_flags(__name__)
