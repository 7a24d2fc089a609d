"""Run the labs in full and write what they found into the documentation: `make labs`, or `python .ci/labs.py NAME…`.

Each lab leaves its pictures and figures.json in runs/labs/NAME. docs/labs.md is made of these, and the pictures go to
docs/images/labs; a lab that was not run keeps its part of the page.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
PAGE, IMAGES = ROOT / "docs/labs.md", ROOT / "docs/images/labs"
NO_LABS = ("lab", "tiny_engine")
WIDEST = 900  # pixels of a picture on the page
HEAD = """# What the labs found

Every lab in full, as `make labs` last ran it; the figures and pictures are its own. A lab is a program in
[demos](../demos) that answers one question: `python -m demos.NAME` runs it, `--quick` in seconds.
"""


def labs() -> list[str]:
    """The names of all labs."""
    return sorted(path.stem for path in (ROOT / "demos").glob("*.py") if path.stem not in NO_LABS)


def run(name: str) -> None:
    """Run a lab in full, into an empty folder."""
    out = ROOT / "runs/labs" / name
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([sys.executable, "-m", f"demos.{name}", "--out", str(out)], cwd=ROOT, check=True)


def section(name: str) -> str:
    """The part of the page about a lab that was run; its pictures are copied."""
    out = ROOT / "runs/labs" / name
    note = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    about = ast.get_docstring(ast.parse((ROOT / "demos" / f"{name}.py").read_text(encoding="utf-8"))) or ""
    seconds = note["figures"].pop("seconds")
    rows = "\n".join(f"| {key.replace('_', ' ')} | {_shown(value)} |" for key, value in note["figures"].items())
    table = f"\n\n| | |\n| --- | --- |\n{rows}" if rows else ""
    pictures = "".join(f"\n\n{_linked(picture, copied(out / picture, name))}" for picture in note["pictures"])
    command = f"`python -m demos.{name}`, {seconds:g} s, seed {note['seed']}"
    return f"## {name}\n\n{about.splitlines()[0]}\n\n{command}{table}{pictures}\n"


def _linked(picture: str, copy: str) -> str:
    """A picture on the page; a page of its own behind a link."""
    return f"{'' if picture.endswith('.html') else '!'}[{picture}](images/labs/{copy})"


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def copied(picture: Path, name: str) -> str:
    """Copy a picture among those of the page, with fewer colours and no wider than needed; returns its name there."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    target = IMAGES / f"{name}-{picture.name}"
    if picture.suffix != ".png":
        shutil.copy(picture, target)
        return target.name
    with Image.open(picture) as image:
        image.thumbnail((WIDEST, 4 * WIDEST))
        few = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
        few.save(target, optimize=True)  # a palette of all colours, not of the most frequent: thin lines keep theirs
    return target.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="labs to run; all, if none is named")
    names = parser.parse_args().names or labs()
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    parts = {part.splitlines()[0][3:]: part for part in re.split(r"(?m)^(?=## )", before)[1:]}
    for name in names:
        run(name)
        parts[name] = section(name)
    PAGE.write_text(
        "\n".join([HEAD, *(parts[name].rstrip() + "\n" for name in labs() if name in parts)]), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
