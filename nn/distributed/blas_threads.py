"""How many threads BLAS may use in each rank, so that together they are as many as there are cores."""

from __future__ import annotations

import os
from typing import Any

from autograd.tools.extras import require


def share_cores(node: Any) -> str:
    """Limit the BLAS of this process to cores / ranks threads; `node` is the MPI communicator of the ranks beside it.

    An OMP_NUM_THREADS or OPENBLAS_NUM_THREADS that is set stays in force. Returns what was done, in words.
    """
    cores = len(set().union(*node.allgather(sorted(_own_cores()))))
    ranks = node.Get_size()
    told = f"{ranks} rank{'s' * (ranks != 1)} on {cores} core{'s' * (cores != 1)}"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if given := os.environ.get(name):
            return f"{told}: BLAS has {given} thread{'s' * (given != '1')} in each, as {name} says"
    threads = max(1, cores // ranks)
    pools = require("threadpoolctl", "mpi", "threads are shared among ranks with threadpoolctl")
    pools.threadpool_limits(threads)
    return f"{told}: BLAS has {threads} thread{'s' * (threads != 1)} in each"


def _own_cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))
