"""To run a program on several ranks, by the mpiexec of this environment, as people do."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli_runs import ENVIRONMENT, Done

MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
WHERE_MPI_IS = pytest.mark.skipif(not (MPIEXEC and find_spec("mpi4py")), reason="the extra mpi is not installed")
OPEN_MPI = {  # of which MPICH takes no notice
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "PRTE_MCA_rmaps_default_mapping_policy":
    ":oversubscribe",
}  # fmt: skip


def on_ranks(n, *command, folder=None, timeout=120, **environment):
    """Run a command of Python, such as a path, on n ranks."""
    done = subprocess.run(
        [MPIEXEC, "-n", str(n), sys.executable, *map(str, command)], capture_output=True, text=True, encoding="utf-8",
        timeout=timeout, cwd=folder, env={**ENVIRONMENT, **OPEN_MPI, **environment},
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def written(folder, code, name="program.py"):
    """A program in a file."""
    path = folder / name
    path.write_text(dedent(code), encoding="utf-8")
    return path
