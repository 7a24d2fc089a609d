"""What every function of `nn.plot` returns: a picture that notebooks show, and that can be saved."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

DPI, CSS_DPI = 150, 96  # of a PNG, and of a page
MIME_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".gif": "image/gif"}


class Figure:
    """A picture. A notebook shows it, in a program `show` does, and `save` writes it to a file.

    Attributes:
        about: what it shows, in a few words.
        path: the file it was last written to; None if there is none.
        source: what it was drawn with, to change or to add to: Matplotlib's Figure, the Drawing of a graph, or the
            frames of an animation.
        ways: what gives the content of a file, by its ending; a notebook and `show` take the first.
    """

    def __init__(self, about: str, source: Any, ways: Mapping[str, Callable[[], bytes]]) -> None:
        self.about, self.source = about, source
        self.path: Path | None = None
        self.ways = ways

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to a file, whose ending decides the format; a missing folder is created.

        Returns the path. Raises ValueError for an ending that this picture cannot have.
        """
        path = Path(path)
        if path.suffix.lower() not in self.ways:
            endings = ", ".join(self.ways)
            raise ValueError(f"cannot save to {path.name!r}: expected a name that ends in {endings}")
        content = self.ways[path.suffix.lower()]()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.path = path
        return path

    def show(self) -> None:
        """Open the picture in the viewer or browser of this computer; returns at once."""
        ending, way = next(iter(self.ways.items()))
        path = Path(mkdtemp(prefix="picture-"), f"picture{ending}")
        path.write_bytes(way())
        webbrowser.open(path.as_uri())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        ending, way = next(iter(self.ways.items()))
        try:
            content = way()
        except RuntimeError as error:  # Graphviz is missing
            return {"text/plain": f"{self!r}\n{error}"}
        kind, text = MIME_TYPES[ending], {"text/plain": repr(self)}
        if ending != ".png":
            return {kind: content.decode() if ending == ".svg" else content} | text
        width = int.from_bytes(content[16:20]) * CSS_DPI // DPI  # as large as it was drawn, whatever its resolution
        return {kind: content} | text, {kind: {"width": width}}

    def __repr__(self) -> str:
        return f"<Figure: {self.about}{f', in {self.path}' if self.path else ''}>"
