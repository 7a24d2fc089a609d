"""Several processes that train one model together, by MPI, under the names of `torch.distributed`.

    from nn import distributed as dist

    dist.init_process_group()
    model = dist.DistributedDataParallel(model)

Start them by `mpiexec -n 4 python your_program.py`. It needs the extra mpi.

Read launcher (who am I?), rank_watch (does everybody take part in the same?) and process_group; then collectives, and
shared_values for what are no tensors; then gradient_buckets, data_parallel and alike (did all ranks begin alike?);
sync_batch_norm and step_record stand by themselves.
"""

from .alike import check_alike
from .collectives import ReduceOp, Work, all_gather, all_reduce, barrier, broadcast, gather, reduce, scatter
from .data_parallel import DistributedDataParallel, share_of_batch
from .process_group import (
    destroy_process_group,
    get_rank,
    get_world_size,
    init_process_group,
    is_available,
    is_initialized,
)
from .rank_watch import DistributedError
from .step_record import Span, record_step
from .sync_batch_norm import SyncBatchNorm

__all__ = [
    "DistributedDataParallel",
    "DistributedError",
    "ReduceOp",
    "Span",
    "SyncBatchNorm",
    "Work",
    "all_gather",
    "all_reduce",
    "barrier",
    "broadcast",
    "check_alike",
    "destroy_process_group",
    "gather",
    "get_rank",
    "get_world_size",
    "init_process_group",
    "is_available",
    "is_initialized",
    "record_step",
    "reduce",
    "scatter",
    "share_of_batch",
]
