"""From DOT text to a picture, without a system package.

Graphviz is taken from pygraphviz, whose wheels contain it, or else is the `dot` on the PATH. It runs in a process of
its own, so that a layout that takes too long can be stopped, and what its libraries print is kept for the error
message.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from html import escape
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .dot_labels import DARK, PAPER

SECONDS = 60  # that a layout may take
PYGRAPHVIZ = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""
WIDEST = 1600  # pixels of an SVG
FRAME = """<div class="autograd-frame"><style>.autograd-frame svg{max-width:100%;height:auto}</style>"""
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{margin:1rem}}</style>
{svg}
</html>
"""
FONTS = """<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>/usr/share/fonts</dir><dir>{}</dir>
<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>"""


class Drawing:
    """A picture as DOT text, `source`. A notebook shows it; `save` writes it to a file.

    `theme` is "light", "dark", or "auto": an SVG then follows the settings of whoever looks at it.
    """

    def __init__(self, source: str, about: str, theme: str = "auto") -> None:
        self.source, self._about, self._theme = source, about, theme

    def svg(self) -> str:
        """The picture as SVG, at most 1,600 pixels wide. Raises RuntimeError as `render`."""
        return finished(render(self._source(), "svg").decode(), self._about, self._theme)

    def png(self, dpi: int = 144) -> bytes:
        """The picture as PNG. Raises RuntimeError as `render`."""
        return render(self._source().replace("{", f"{{ dpi={dpi}", 1), "png")

    def pdf(self) -> bytes:
        """The picture as PDF. Raises RuntimeError as `render`."""
        return render(self._source(), "pdf")

    def html(self) -> str:
        """The picture as a page, which shrinks to the width of its window. Raises RuntimeError as `render`."""
        return PAGE.format(title=escape(self._about.strip("<>")), svg=framed(self.svg()))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file: .svg, .png, .pdf, .html, or its DOT text to one in .dot or .gv.

        Raises ValueError for any other ending, and RuntimeError as `render`.
        """
        path = Path(path)
        ways: dict[str, Callable[[], Any]] = {".svg": self.svg, ".png": self.png, ".pdf": self.pdf, ".html": self.html}
        ways[".dot"] = ways[".gv"] = lambda: self.source
        if path.suffix.lower() not in ways:
            raise ValueError(f"cannot save to {path.name!r}: expected a name that ends in {', '.join(ways)}")
        content = ways[path.suffix.lower()]()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def _source(self) -> str:
        return in_colours(self.source, DARK) if self._theme == "dark" else self.source

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            svg = self.svg()
        except RuntimeError as error:
            return {"text/plain": f"{self._about}\n{error}"}
        return {"text/html": framed(svg), "image/svg+xml": svg, "text/plain": self._about}

    def __repr__(self) -> str:
        return self._about


def finished(svg: str, about: str, theme: str) -> str:
    """Graphviz's SVG with its size in pixels, a title for screen readers, and for "auto" the dark colours, too."""
    head, _, rest = svg.partition("viewBox=")
    box, _, rest = rest.partition(">")
    width, height = (float(length) * 4 / 3 for length in box.split('"')[1].split()[2:])
    scale = min(1, WIDEST / width)
    start = head[: head.index("<svg")]
    rest = re.sub(r"<title>.*?</title>\n?", "", rest)  # the nodes' DOT names, which pop up as tooltips
    style = f"<style>{dark_rules()}</style>" if theme == "auto" else ""
    colour = DARK[PAPER] if theme == "dark" else PAPER
    paper = f'<rect width="100%" height="100%" fill="{colour}"/>'  # Graphviz's own ends a little early
    return (
        f'{start}<svg class="autograd-drawing" width="{width * scale:.0f}" height="{height * scale:.0f}" '
        f"viewBox={box}>\n<title>{escape(about.strip('<>'))}</title>{style}{paper}{rest}"
    )


def framed(svg: str) -> str:
    """An SVG as a part of a page, in a box that it does not outgrow."""
    return f"{FRAME}{svg[svg.index('<svg') :]}</div>"


def dark_rules() -> str:
    """The style sheet that changes the colours for readers who prefer dark pages, in this picture only."""
    changes = "".join(
        f'.autograd-drawing [{part}="{light}"]{{{part}:{dark}}}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme: dark){{{changes}}}"


def in_colours(source: str, colours: Mapping[str, str]) -> str:
    """DOT text with other colours."""
    return re.sub(
        '"?(#[0-9a-f]{6})"?', lambda found: found[0].replace(found[1], colours.get(found[1], found[1])), source
    )


def render(source: str, kind: str) -> bytes:
    """DOT text as "svg" or "png".

    Raises RuntimeError if there is no Graphviz, if it fails, or if it has not finished after a minute.
    """
    if find_spec("pygraphviz"):
        command = [sys.executable, "-c", PYGRAPHVIZ, kind]
    elif dot := shutil.which("dot"):
        command = [dot, f"-T{kind}"]
    else:
        raise RuntimeError(
            f"no Graphviz to make {kind} with. Do: pip install pygraphviz (its wheels carry Graphviz), or put a `dot` "
            "on the PATH. The DOT text is there without: drawing.source, or drawing.save('graph.dot')"
        )
    with TemporaryDirectory() as folder:
        try:
            run = subprocess.run(
                command, input=source.encode(), capture_output=True, timeout=SECONDS, env=_environment(folder)
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(
                f"Graphviz had no layout after {SECONDS} s: the graph is too tangled. Draw a part of it, or let "
                "draw(..., limit=300) sum it up"
            ) from None
    if run.returncode or not run.stdout:
        raise RuntimeError(f"Graphviz failed: {run.stderr.decode(errors='replace').strip()}")
    return run.stdout


def _environment(folder: str) -> dict[str, str]:
    """Where there may be no fonts, as in a bare container, matplotlib's are added to the system's."""
    matplotlib = find_spec("matplotlib")
    if sys.platform != "linux" or matplotlib is None or matplotlib.origin is None:
        return dict(os.environ)
    path = Path(folder, "fonts.conf")
    path.write_text(FONTS.format(Path(matplotlib.origin).parent / "mpl-data/fonts/ttf"))
    return {**os.environ, "FONTCONFIG_FILE": str(path)}
