"""The engine in a hundred lines runs, as a file and as a module, and does what it promises. The labs are in labs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMOS = Path(__file__).parent.parent / "demos"


@pytest.mark.parametrize("form", [[str(DEMOS / "tiny_engine.py")], ["-m", "demos.tiny_engine"]], ids=["file", "module"])
def test_a_hundred_lines_tell_the_moons_apart(form):
    done = subprocess.run(
        [sys.executable, "-W", "error", *form],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=DEMOS.parent,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert float(lines[-1].split("accuracy")[1].strip(" %")) >= 99
