"""docs/images/report.png: the top of the report on a network that tells cells apart, as docs/guides/report.md makes it.

`python -m tests.report_picture` draws it again; it needs Chromium.
"""

import csv
import tempfile
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_breast_cancer

from nn.train import load_run
from tests.chromium import chromium
from tests.cli_runs import process

FILE = Path(__file__).parent.parent / "docs" / "images" / "report.png"
SHOWN = 500  # pixels of the figures


def draw(file=FILE):
    cells = load_breast_cancer()
    with tempfile.TemporaryDirectory() as folder, chromium() as tab:
        with open(Path(folder, "cells.csv"), "w", newline="", encoding="utf-8") as table:
            rows = ([*row, cells.target_names[kind]] for row, kind in zip(cells.data, cells.target, strict=True))
            csv.writer(table).writerows([[*cells.feature_names, "diagnosis"], *rows])
        assert process("train", "cells.csv", "--early-stop", "--quiet", folder=folder).code == 0
        tab.open(load_run(Path(folder, "runs", "cells")).report().as_uri(), width=1000, height=900)
        _, end, _, _ = tab.box("#how-good-it-is")
        tab.picture(file)
    picture = Image.open(file).convert("RGB")
    picture.crop((0, 0, picture.width, round(end) + SHOWN)).save(file, optimize=True)


if __name__ == "__main__":
    draw()
