"""The labs in demos: each runs as a program of its own, and finds what it promises."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

DEMOS = Path(__file__).parent.parent.parent / "demos"
PAGE = DEMOS.parent / "docs/labs.md"


class Ran(NamedTuple):
    """What a lab found, printed and drew."""

    figures: dict[str, Any]
    printed: str
    pictures: list[str]


def run(name, out, *options):
    """`python -m demos.NAME --quick`, with warnings as errors; every picture can be opened."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"demos.{name}", "--quick", "--out", str(out), *options],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=DEMOS.parent,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    note = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert note["quick"]
    for picture in note["pictures"]:
        assert f"picture: {out / picture}" in done.stdout
        if picture.endswith((".png", ".gif")):
            with Image.open(out / picture) as image:
                assert min(image.size) > 30
        else:
            assert "<svg" in (out / picture).read_text(encoding="utf-8") or picture.endswith(".html")
    return Ran(note["figures"], done.stdout, note["pictures"])


def in_full(name):
    """The figures of a lab when it was last run in full, which takes minutes: `make labs` wrote them into its page."""
    (part,) = [part for part in PAGE.read_text(encoding="utf-8").split("\n## ") if part.startswith(f"{name}\n")]
    return {key: float(value) for key, value in re.findall(r"(?m)^\| (\S.*?) \| (\d[\d.e-]*) \|$", part)}
