"""Each demo runs as a program of its own, as a file and as a module, and does what it promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMOS = Path(__file__).parent.parent / "demos"
PICTURES = {
    "digits": ["loss_curve.png", "misclassified.png", "neuron.png", "neuron.svg"],
    "tiny_engine": [],
}
PNG = b"\x89PNG\r\n\x1a\n"


def run(demo, *options, form="file"):
    """Run a demo, as `python demos/NAME.py` or as `python -m demos.NAME`; return what it printed."""
    program = [str(DEMOS / f"{demo}.py")] if form == "file" else ["-m", f"demos.{demo}"]
    done = subprocess.run(
        [sys.executable, "-W", "error", *program, *map(str, options)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=DEMOS.parent,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("form", ["file", "module"])
@pytest.mark.parametrize("demo", [demo for demo in PICTURES if PICTURES[demo]])
def test_a_short_run_leaves_the_pictures(demo, form, tmp_path):
    out = tmp_path / "new" / "folder"
    printed = run(demo, "--epochs", 2, "--out", out, form=form)
    assert sorted(path.name for path in out.iterdir()) == PICTURES[demo]
    for picture in out.glob("*.png"):
        assert picture.read_bytes().startswith(PNG)
    for picture in out.glob("*.svg"):
        assert "<svg" in picture.read_text(encoding="utf-8")
    assert "loss" in printed


def test_the_digits_are_learned(tmp_path):
    printed = run("digits", "--out", tmp_path)
    accuracy = float(printed.split("read correctly (")[1].split("%")[0])
    assert accuracy >= 97


@pytest.mark.parametrize("form", ["file", "module"])
def test_a_hundred_lines_tell_the_moons_apart(form):
    lines = run("tiny_engine", form=form).splitlines()
    assert len(lines) == 6
    assert float(lines[-1].split("accuracy")[1].strip(" %")) >= 99
