"""docs/images/page.png: the page of `chalkgrad serve` with a digit of MNIST on its board.

`python -m tests.page_picture` draws it again; it needs MNIST and Chromium.
"""

import tempfile
from itertools import pairwise
from pathlib import Path

from PIL import Image

from tests.chromium import chromium
from tests.cli_runs import process
from tests.nn.web.served import served

FILE = Path(__file__).parent.parent / "docs" / "images" / "page.png"
FOUR = [[(0.42, 0.16), (0.36, 0.32), (0.28, 0.47), (0.3, 0.53), (0.45, 0.55), (0.6, 0.53), (0.7, 0.5)],
        [(0.64, 0.2), (0.62, 0.4), (0.58, 0.62), (0.54, 0.86)]]  # fmt: skip


def draw(file=FILE):
    with tempfile.TemporaryDirectory() as folder, chromium() as tab:
        assert process("train", "mnist", "--quiet", folder=folder).code == 0
        with served(Path(folder, "runs", "mnist")) as page:
            tab.open(page.address, width=1100, height=900)
            tab.until("document.title.includes('·')")
            left, top, width, height = tab.box("#board")
            for stroke in FOUR:
                tab.stroke([(left + x * width, top + y * height) for x, y in between(stroke)])
            tab.until("document.querySelector('#answering').ariaBusy == 'false'")
            tab.run("new Promise(done => setTimeout(done, 500))")  # until the bars have grown
            tab.picture(file)
    picture = Image.open(file).convert("RGB")
    picture.resize((880, round(picture.height * 0.8)), Image.Resampling.LANCZOS).save(file, optimize=True)


def between(points, steps=8):
    """The points, and more on the lines between them."""
    for (x, y), (u, v) in pairwise(points):
        yield from ((x + (u - x) * i / steps, y + (v - y) * i / steps) for i in range(steps))
    yield points[-1]


if __name__ == "__main__":
    draw()
