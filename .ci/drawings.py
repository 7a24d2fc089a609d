"""Make the pictures of docs/drawing.md again, by running the programs on that page.

A picture `images/NAME.svg` is what a program saves as NAME.svg. Run it from the root: python .ci/drawings.py
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import autograd

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> None:
    page = (DOCS / "drawing.md").read_text(encoding="utf-8")
    autograd.manual_seed(0)
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            exec(code, {})
        for name in re.findall(r"\(images/(\w+\.svg)\)", page):
            shutil.copy(name, DOCS / "images" / name)
            print(f"docs/images/{name}")
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
