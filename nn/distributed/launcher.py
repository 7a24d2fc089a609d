"""Who this process is among those that `mpiexec` has started, as the environment tells it before MPI is asked."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping

# What launchers call PyTorch's RANK, WORLD_SIZE and LOCAL_RANK: Open MPI, MPICH and its kin, SLURM's srun --mpi.
NAMES = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
    ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"),
    ("PMIX_RANK", "SLURM_NTASKS", "SLURM_LOCALID"),
)


def tell_environment(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Set RANK, WORLD_SIZE and LOCAL_RANK, which programs for PyTorch read, from what the launcher has set.

    Returns whether there was a launcher; without one, nothing is changed.
    """
    found = _found(environment)
    if found is None:
        return False
    rank, size, local = found
    environment["RANK"], environment["WORLD_SIZE"] = environment[rank], environment[size]
    environment["LOCAL_RANK"] = environment.get(local, "0")
    environment.setdefault("MASTER_ADDR", "127.0.0.1")  # asked for by programs; MPI needs neither
    environment.setdefault("MASTER_PORT", "29500")
    return True


def launched() -> bool:
    """Whether a launcher has started this process. Open MPI's makes stdout a terminal, even if it ends in a file."""
    return _found(os.environ) is not None


def _found(environment: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The names that the launcher has set, if there was one."""
    return next((names for names in NAMES if names[0] in environment and names[1] in environment), None)
