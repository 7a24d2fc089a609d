"""A CSV file as text in rows and columns, in pieces. Every fault is a ValueError that names the file and the line."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np

from .binary_formats import CHUNK, opened

DELIMITERS = ",;\t"
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
CELLS = 1 << 13  # in a piece of a file: so few that they stay in the cache of the processor
HELD = 128  # pieces of text in memory; a file of more is read again whenever its cells are asked for


Cells = Sequence[str]


class Piece(NamedTuple):
    """Some rows of text cells; `places` says for each row where it was found."""

    rows: list[list[str]]
    places: list[str]


@dataclass(frozen=True)
class Table:
    """Rows of text cells under a header. `read` gives them from the start, a piece at a time."""

    source: str
    header: list[str]
    read: Callable[[], Iterator[Piece]]

    def column(self, name: str) -> int:
        """The place of a column. Raises ValueError for a name that is not in the header."""
        if name not in self.header:
            raise ValueError(
                f"{self.source}: there is no column {name!r}{choice(name, self.header, 'the columns are')}"
            )
        return self.header.index(name)

    def pieces(self, names: Iterable[str]) -> Iterator[tuple[list[Cells], list[str]]]:
        """For each piece, the cells of these columns, and the places of the rows. Raises as `column`."""
        numbers = [self.column(name) for name in names]
        for rows, places in self.read():
            columns = list(zip(*rows, strict=True))
            yield [columns[number] for number in numbers], places


@dataclass
class Gaps:
    """The missing cells of a table by column: how many, and where the first of them are."""

    found: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, name: str, cells: Cells, places: list[str], most: int = 5) -> None:
        """Look through a piece of a column."""
        empty = {cell for cell in set(cells) if cell.lower() in MISSING}
        if empty:
            missing = [place for cell, place in zip(cells, places, strict=True) if cell in empty]
            count, first = self.found.get(name, (0, []))
            self.found[name] = count + len(missing), (first + missing)[:most]

    def check(self, source: str, names: Iterable[str], advice: str) -> None:
        """Raises ValueError if cells are missing, saying which, by column in the order of `names`."""
        if not self.found:
            return
        total = sum(count for count, _ in self.found.values())
        where = "; ".join(self._listed(name) for name in names if name in self.found)
        noun = "value is" if total == 1 else "values are"
        raise ValueError(f"{source}: {total} {noun} missing: {where}: {advice}")

    def _listed(self, name: str) -> str:
        count, first = self.found[name]
        more = f" and {count - len(first)} more" if count > len(first) else ""
        return f"{count} in {name!r} ({', '.join(first)}{more})"


@dataclass
class Faults:
    """The cells of a column that are no numbers, or none of its words: how many, and the first of them."""

    words: tuple[str, ...] | None = None
    count: int = 0
    first: tuple[str, str] = "", ""

    def add(self, wrong: np.ndarray[Any, Any], cells: Cells, places: list[str]) -> None:
        """Count those of a piece, one or more, at the indices `wrong`."""
        if not self.count:
            self.first = cells[wrong[0]], places[wrong[0]]
        self.count += len(wrong)

    def check(self, source: str, name: str, total: int) -> None:
        """Raises ValueError if there are any among the `total` cells of the column."""
        if not self.count:
            return
        cell, place = self.first
        where = f"{source}, {place}, column {name!r}"
        more = f" (and {self.count - 1:,} more of {total:,})" if self.count > 1 else ""
        if self.words is not None:
            raise ValueError(f"{where}: {cell!r} is unknown{more}{choice(cell, self.words, 'expected one of')}")
        raise ValueError(
            f"{where}: expected a number, found {cell!r}{more}: correct it or, if these are words, encode them with "
            f"words=[{name!r}]"
        )


def read_table(path: str | os.PathLike[str]) -> Table:
    """The table in a UTF-8 file of comma-, semicolon- or tab-separated values: a header, then one line for each row.

    Empty lines are skipped. A `path` that ends in .gz is unpacked. In a semicolon-separated file, numbers may have a
    decimal comma, as spreadsheets write them in many countries. Raises FileNotFoundError if there is no such file, and
    ValueError for a file that is not such a table; reading a later piece of it may raise that, too.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected a CSV file, found {'a folder' if path.is_dir() else 'nothing there'}"
        )
    with _text(path) as file:
        first = next((line for line in file if line.strip()), None)
    if first is None:
        raise ValueError(f"{path}: the file is empty, expected a header and a line for each sample")
    delimiter = max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
    _, header = next(_rows(path, delimiter))
    held = [*islice(_pieces(path, delimiter), HELD + 1)]
    if not held:
        raise ValueError(f"{path}: there is a header ({', '.join(header)}) and no line below it, expected samples")
    again = partial(_pieces, path, delimiter) if len(held) > HELD else partial(iter, held)
    return Table(str(path), header, again)


def as_table(rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Table:
    """The table of rows given as dicts from column names to values. Raises ValueError for anything else."""
    rows = [rows] if isinstance(rows, Mapping) else list(rows)
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(f"expected the path of a CSV file, or rows as dicts from column to value, given {rows!r:.80}")
    header = list(dict.fromkeys(str(name) for row in rows for name in row))
    cells = [["" if (value := row.get(name)) is None else str(value).strip() for name in header] for row in rows]
    piece = Piece(cells, [f"row {i}" for i in range(len(rows))])
    return Table("the given rows", header, lambda: iter([piece]))


def number(cell: str) -> float | None:
    """The number that a cell holds, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def numbers(cells: Cells) -> np.ndarray[Any, Any]:
    """The numbers in cells, (N,) in float64: NaN for a cell that holds none."""
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        values = None
    if values is None or not np.isfinite(values).all() or "_" in "".join(cells):
        found = {cell: number(cell) for cell in set(cells)}
        values = np.array([found[cell] for cell in cells], np.float64)
    return values


def choice(given: str, known: Sequence[str], introduction: str) -> str:
    """The end of a message about an unknown name: the most similar known name, or the first ten."""
    from difflib import get_close_matches

    lower = {name.lower(): name for name in known}
    near = get_close_matches(given.lower(), lower, n=1)
    if near:
        return f": did you mean {lower[near[0]]!r}?"
    return f": {introduction} {', '.join(map(repr, known[:10]))}{', …' if len(known) > 10 else ''}"


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    try:
        with opened(path) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            yield text
    except UnicodeDecodeError:
        raise _undecodable(path) from None


def _undecodable(path: Path) -> ValueError:
    """The error that names the first line which is not in UTF-8."""
    decoder, line = getincrementaldecoder("utf-8")(), 1
    with opened(path) as file:
        while True:
            part = file.read(CHUNK)
            try:
                decoder.decode(part, final=not part)
            except UnicodeDecodeError as error:
                line += error.object.count(b"\n", 0, error.start)
                return ValueError(
                    f"{path}, line {line}: expected text in UTF-8, found the byte 0x{error.object[error.start]:02x}: "
                    "save it again as UTF-8 (in a spreadsheet: as “CSV UTF-8”)"
                )
            if not part:
                return ValueError(f"{path}: the file changed while it was read: read it again")
            line += part.count(b"\n")


def _pieces(path: Path, delimiter: str) -> Iterator[Piece]:
    rows = _rows(path, delimiter)
    _, header = next(rows)
    while part := list(islice(rows, max(1, CELLS // len(header)))):
        yield Piece([row for _, row in part], [f"line {line}" for line, _ in part])


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The header and the rows that are not empty, each with the number of the line where it begins."""
    line, width = 0, 0
    with _text(path) as text:
        reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
        try:
            for row in reader:
                cells = list(map(str.strip, row))
                if any(cells):
                    if not width:
                        _check_header(f"{path}, line {line + 1}", cells)
                        width = len(cells)
                    elif len(cells) != width:
                        raise ValueError(
                            f"{path}, line {line + 1}: expected {width} cells, one for each name in the header, found "
                            f"{len(cells)}: put a cell that contains {delimiter!r} in double quotes"
                        )
                    yield line + 1, [_with_point(cell) for cell in cells] if delimiter == ";" else cells
                line = reader.line_num
        except csv.Error as error:
            fault = f"{path}, line {line + 1}: {error}: is a double quote missing, or one too many?"
            raise ValueError(fault) from None


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if re.fullmatch(r"[+-]?\d+,\d+(e[+-]?\d+)?", cell, re.IGNORECASE) else cell


def _check_header(where: str, header: list[str]) -> None:
    numbers = [cell for cell in header if number(cell) is not None]
    if len(numbers) == len(header) or any("." in cell for cell in numbers):
        raise ValueError(
            f"{where}: expected a header, the names of the {len(header)} columns, found numbers "
            f"({', '.join(numbers[:4])}): put a line with the names above them"
        )
    for i, name in enumerate(header, 1):
        if not name:
            raise ValueError(
                f"{where}: column {i} has no name: give it one, or remove the column (is it the index that pandas "
                "writes? to_csv(path, index=False) leaves it out)"
            )
        if name in header[: i - 1]:
            raise ValueError(
                f"{where}: the columns {header.index(name) + 1} and {i} are both called {name!r}: rename one of them"
            )
