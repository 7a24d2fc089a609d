"""`torch.distributed`, so far that a program can see that there is none."""

import typing as _typing

from ... import layout_lookup as _lookup
from ...one_process import destroy_process_group, init_process_group, is_available, is_initialized

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
