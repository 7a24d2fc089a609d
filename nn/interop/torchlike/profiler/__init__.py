"""`torch.profiler`: nothing is measured."""

import typing as _typing

from ... import layout_lookup as _lookup
from ...silent_profiler import ProfilerActivity, profile, record_function, schedule

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
