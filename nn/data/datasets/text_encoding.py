"""In which encoding the text of a file is."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from pathlib import Path
from typing import IO

from .binary_formats import CHUNK, opened

BOMS = (BOM_UTF16_LE, BOM_UTF16_BE)
NO_TEXT = bytes({*range(32)} - {*b"\t\n\v\f\r\x1a\x1b"})


def text_encoding(path: Path) -> tuple[str, tuple[str, ...]]:
    """The encoding of a text file, and a note if it is not UTF-8.

    UTF-16 begins with a byte order mark. What is not UTF-8 either is taken for Windows-1252, the usual one of old
    spreadsheets in western Europe and America, or for Latin-1 where that has no letter. Raises ValueError for a file
    that is no text.
    """
    with opened(path) as file:
        start = file.read(2)
        if start in BOMS:
            return "utf-16", (f"{path.name} is in UTF-16, not in UTF-8",)
        fault = _undecodable(file, "utf-8", start)
    if fault is None:
        return "utf-8-sig", ()
    line, byte = fault
    where = f"line {line}: the byte 0x{byte:02x} is not text in UTF-8"
    if _binary(path):
        raise ValueError(f"{path}, {where}, and the file is no text at all: expected a table of comma-separated values")
    with opened(path) as file:
        windows = _undecodable(file, "cp1252") is None
    encoding, called = ("cp1252", "Windows-1252") if windows else ("latin-1", "Latin-1")
    return encoding, (
        f"{path.name}, {where}: the file is read as {called}: save it again as UTF-8 if letters are wrong",
    )


def _undecodable(file: IO[bytes], encoding: str, part: bytes = b"") -> tuple[int, int] | None:
    """The first byte that is no text in an encoding, and the number of its line; None if there is none. `part` is what
    was read before."""
    decoder, line = getincrementaldecoder(encoding)(), 1
    part += file.read(CHUNK)
    while True:
        try:
            decoder.decode(part, final=not part)
        except UnicodeDecodeError as error:
            return line + error.object.count(b"\n", 0, error.start), error.object[error.start]
        if not part:
            return None
        line += part.count(b"\n")
        part = file.read(CHUNK)


def _binary(path: Path) -> bool:
    with opened(path) as file:
        return any(len(part.translate(None, NO_TEXT)) < len(part) for part in iter(lambda: file.read(CHUNK), b""))
