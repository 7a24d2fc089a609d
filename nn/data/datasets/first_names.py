"""First names, for character-level language models."""

from __future__ import annotations

import os

from .places import data_root, find, not_found

URL = "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt"
MD5 = "401b3c4cac9e28a586ed15e81256680d"


def names(root: str | os.PathLike[str] | None = None, download: bool = False) -> list[str]:
    """32,033 first names in lower case, from root/names/names.txt. Source: makemore, from US Social Security, 2018.

    `root` and `download` are those of the image data sets. Raises FileNotFoundError, saying where the file belongs, and
    RuntimeError if it could not be fetched.
    """
    place = data_root(root)
    path = find(place, ["names", "."], "names.txt")
    if path is None and download:
        from .download import download as fetch_file

        path = fetch_file([URL], place / "names" / "names.txt", MD5)
    if path is None:
        raise not_found("names", place, "names", ["names.txt"])
    return path.read_text(encoding="utf-8").split()
