"""docs/displays.ipynb, run as Jupyter runs it, and as a page.

`python -m tests.notebook_page` draws docs/images/notebook.png again; it needs Chromium. `python -m tests.notebook_page
FOLDER` leaves the pages there, light.html and dark.html, to be looked at.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.chromium import chromium

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "displays.ipynb"
FILE = ROOT / "docs" / "images" / "notebook.png"


def run(folder):
    """The notebook with its outputs, written to the folder."""
    convert("--execute", "--to", "notebook", "--output-dir", folder, NOTEBOOK)
    return json.loads((Path(folder) / NOTEBOOK.name).read_text(encoding="utf-8"))


def page(folder, theme):
    """The page of the notebook that `run` left in the folder."""
    convert("--to", "html", "--theme", theme, "--output", f"{theme}.html", Path(folder) / NOTEBOOK.name)
    return Path(folder) / f"{theme}.html"


def convert(*options):
    command = [sys.executable, "-m", "nbconvert", *map(str, options)]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr


def draw(file=FILE):
    """A picture of two cells: a data set, and the bar after an interrupt."""
    with tempfile.TemporaryDirectory() as folder, chromium() as tab:
        notebook = run(folder)
        wanted = [cell for cell in notebook["cells"]
                  if last_line(cell) == "data" or "raises-exception" in cell["metadata"].get("tags", ())]  # fmt: skip
        for cell in wanted:
            cell["outputs"] = [output for output in cell["outputs"] if output["output_type"] != "error"]
        (Path(folder) / NOTEBOOK.name).write_text(json.dumps({**notebook, "cells": wanted}), encoding="utf-8")
        tab.open(page(folder, "light").as_uri(), width=900, height=300)
        tab.until("document.readyState == 'complete'")
        tab.picture(file)
    Image.open(file).convert("RGB").quantize(128).save(file, optimize=True)


def last_line(cell):
    return "".join(cell["source"]).splitlines()[-1]


if __name__ == "__main__":
    if sys.argv[1:]:
        run(sys.argv[1])
        print(page(sys.argv[1], "light"), page(sys.argv[1], "dark"))
    else:
        draw()
