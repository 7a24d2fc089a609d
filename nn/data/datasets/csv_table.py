"""A CSV file as text in rows and columns. Every fault is a ValueError that names the file and the line."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .binary_formats import read_bytes

DELIMITERS = ",;\t"
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})


@dataclass(frozen=True)
class Table:
    """Rows of text cells under a header; `places` says for each row where it was found."""

    source: str
    header: list[str]
    rows: list[list[str]]
    places: list[str]

    def column(self, name: str) -> list[str]:
        """The cells of a column. Raises ValueError for a name that is not in the header."""
        if name not in self.header:
            raise ValueError(
                f"{self.source}: there is no column {name!r}{choice(name, self.header, 'the columns are')}"
            )
        number = self.header.index(name)
        return [row[number] for row in self.rows]

    def check_complete(self, names: Iterable[str], advice: str) -> None:
        """Raises ValueError if cells are missing in these columns, saying which."""
        gaps = {name: [i for i, cell in enumerate(self.column(name)) if cell.lower() in MISSING] for name in names}
        gaps = {name: rows for name, rows in gaps.items() if rows}
        if gaps:
            count = sum(map(len, gaps.values()))
            where = "; ".join(f"{len(rows)} in {name!r} ({self._listed(rows)})" for name, rows in gaps.items())
            noun = "value is" if count == 1 else "values are"
            raise ValueError(f"{self.source}: {count} {noun} missing: {where}: {advice}")

    def _listed(self, rows: list[int], most: int = 5) -> str:
        places = [self.places[i] for i in rows[:most]]
        return ", ".join(places) + (f" and {len(rows) - most} more" if len(rows) > most else "")


def read_table(path: str | os.PathLike[str]) -> Table:
    """The table in a UTF-8 file of comma-, semicolon- or tab-separated values: a header, then one line for each row.

    Empty lines are skipped. A `path` that ends in .gz is unpacked. In a semicolon-separated file, numbers may have a
    decimal comma, as spreadsheets write them in many countries. Raises FileNotFoundError if there is no such file, and
    ValueError for a file that is not such a table.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected a CSV file, found {'a folder' if path.is_dir() else 'nothing there'}"
        )
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), None)
    if first is None:
        raise ValueError(f"{path}: the file is empty, expected a header and a line for each sample")
    delimiter = max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
    numbers, (header, *rows) = _cells(path, text, delimiter)
    _check_header(f"{path}, line {numbers[0]}", header)
    for number, row in zip(numbers[1:], rows, strict=True):
        if len(row) != len(header):
            raise ValueError(
                f"{path}, line {number}: expected {len(header)} cells, one for each name in the header, found "
                f"{len(row)}: put a cell that contains {delimiter!r} in double quotes"
            )
    if not rows:
        raise ValueError(f"{path}: there is a header ({', '.join(header)}) and no line below it, expected samples")
    return Table(str(path), header, rows, [f"line {number}" for number in numbers[1:]])


def as_table(rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Table:
    """The table of rows given as dicts from column names to values. Raises ValueError for anything else."""
    rows = [rows] if isinstance(rows, Mapping) else list(rows)
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(f"expected the path of a CSV file, or rows as dicts from column to value, given {rows!r:.80}")
    header = list(dict.fromkeys(str(name) for row in rows for name in row))
    cells = [["" if (value := row.get(name)) is None else str(value).strip() for name in header] for row in rows]
    return Table("the given rows", header, cells, [f"row {i}" for i in range(len(rows))])


def number(cell: str) -> float | None:
    """The number that a cell holds, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def choice(given: str, known: Sequence[str], introduction: str) -> str:
    """The end of a message about an unknown name: the most similar known name, or the first ten."""
    from difflib import get_close_matches

    lower = {name.lower(): name for name in known}
    near = get_close_matches(given.lower(), lower, n=1)
    if near:
        return f": did you mean {lower[near[0]]!r}?"
    return f": {introduction} {', '.join(map(repr, known[:10]))}{', …' if len(known) > 10 else ''}"


def _text(path: Path) -> str:
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: expected text in UTF-8, found the byte 0x{content[error.start]:02x}: save it again "
            "as UTF-8 (in a spreadsheet: as “CSV UTF-8”)"
        ) from None


def _cells(path: Path, text: str, delimiter: str) -> tuple[list[int], list[list[str]]]:
    """The rows that are not empty, and the numbers of the lines where they begin."""
    numbers, rows, line = [], [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                numbers.append(line + 1)
                rows.append([_with_point(cell) for cell in cells] if delimiter == ";" else cells)
            line = reader.line_num
    except csv.Error as error:
        raise ValueError(f"{path}, line {line + 1}: {error}: is a double quote missing, or one too many?") from None
    return numbers, rows


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
