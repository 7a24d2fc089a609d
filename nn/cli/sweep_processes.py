"""The work on a sweep: in this process, or in several."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import nn

from .complaints import complain
from .search_table import line
from .shared_study import POLL
from .sweep import Sweep

MODULE = "nn.cli.sweep_worker"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def work(sweep: Sweep, total: int) -> None:
    """Do trials, and tell of each, until `total` are done, by whatever process."""
    while (trial := sweep.shared.take(total)) is not None:
        sweep.run(trial)
        tell(sweep, trial.number, total)


def tell(sweep: Sweep, number: int, total: int) -> None:
    """Print a line about a trial that ended."""
    done = {trial.number: trial for trial in sweep.shared.done()}
    row = {name: value for name, value in sweep.row(done[number]).items() if value is not None}
    print(f"{len(done)}/{total}  {line(row)}", file=sys.stderr, flush=True)


def in_processes(file: Path, jobs: int, total: int) -> None:
    """Do trials in so many processes, which share the cores; return when all have ended, and say which were killed."""
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    path = os.pathsep.join([str(Path(nn.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = dict.fromkeys(THREADS, threads) | os.environ | {"PYTHONPATH": path}
    command = [sys.executable, "-m", MODULE, str(file), str(total)]
    children = [subprocess.Popen(command, env=environment) for _ in range(jobs)]
    try:
        while any(child.poll() is None for child in children):
            time.sleep(POLL)
    finally:
        for child in children:
            child.terminate()
            child.wait()
    for child in children:
        if child.returncode < 0:
            how = f"was ended by signal {-child.returncode}"
            complain(f"note: process {child.pid} {how}; only its trial was lost, and is tried again")
