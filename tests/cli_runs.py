"""To run the command line: as a process, as people do, or quicker in this one."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nn.cli import app

ROOT = Path(__file__).parent.parent
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **THREADS}
COMMAND = [sys.executable, "-W", "error", "-m", "nn.cli"]


@dataclass
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


def process(*arguments, folder=None, **environment):
    """Run a command in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        cwd=folder,
        env={**ENVIRONMENT, **environment},
    )
    return Done(done.returncode, done.stdout, done.stderr)


def here(capsys, *arguments):
    """Run a command in this process; to be in a folder, change to it."""
    capsys.readouterr()
    code = app.run([str(word) for word in arguments])
    out, err = capsys.readouterr()
    return Done(code, out, err)


def fails(done, code, *words):
    """That a command ended with this code, and one line on stderr, with these words in it."""
    assert done.code == code, done
    assert len(done.err.splitlines()) == 1, done.err
    assert done.err.startswith("chalkgrad: ")
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err
    return True
