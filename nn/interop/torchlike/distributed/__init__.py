"""`torch.distributed`, by MPI."""

import typing as _typing

from nn.distributed import (
    ReduceOp, Work, all_gather, all_reduce, barrier, broadcast, destroy_process_group, gather, get_rank, get_world_size,
    init_process_group, is_available, is_initialized, reduce, scatter,
)  # fmt: skip

from ... import layout_lookup as _lookup

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
