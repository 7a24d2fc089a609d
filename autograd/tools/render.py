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
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SECONDS = 60  # that a layout may take
PYGRAPHVIZ = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""
FONTS = """<fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>/usr/share/fonts</dir><dir>{}</dir>
<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>"""


class Drawing:
    """A picture as DOT text, `source`. A notebook shows it; `save` writes it to a file."""

    def __init__(self, source: str, about: str) -> None:
        self.source, self._about = source, about

    def svg(self) -> str:
        """The picture as SVG, which shrinks to the width of its page. Raises RuntimeError as `render`."""
        svg = render(self.source, "svg").decode()
        svg = re.sub(r"<title>.*?</title>\n?", "", svg)  # the nodes' DOT names, which pop up as tooltips
        return svg.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)

    def png(self, dpi: int = 144) -> bytes:
        """The picture as PNG. Raises RuntimeError as `render`."""
        return render(self.source.replace("{", f"{{ dpi={dpi}", 1), "png")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file in .svg or .png, or its DOT text to one in .dot or .gv.

        Raises ValueError for any other ending, and RuntimeError as `render`.
        """
        path = Path(path)
        ways: dict[str, Callable[[], Any]] = {".svg": self.svg, ".png": self.png}
        ways[".dot"] = ways[".gv"] = lambda: self.source
        if path.suffix.lower() not in ways:
            raise ValueError(f"cannot save to {path.name!r}: expected a name that ends in {', '.join(ways)}")
        content = ways[path.suffix.lower()]()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(), "text/plain": self._about}
        except RuntimeError as error:
            return {"text/plain": f"{self._about}\n{error}"}

    def __repr__(self) -> str:
        return self._about


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
