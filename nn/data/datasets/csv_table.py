"""A CSV file as text in rows and columns, in pieces. Every fault is a ValueError that names the file and the line."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np

from .binary_formats import opened
from .cell_numbers import plain
from .text_encoding import text_encoding

DELIMITERS = ",;\t"
BLANK = " "
TRIED = 100  # lines, to find out whether cells are separated by blanks
CELLS = 1 << 13  # in a piece of a file: so few that they stay in the cache of the processor
HELD = 128  # pieces of text in memory; a file of more is read again whenever its cells are asked for


Cells = Sequence[str]


class Piece(NamedTuple):
    """Some rows of text cells; `places` says for each row where it was found."""

    rows: list[list[str]]
    places: list[str]


@dataclass(frozen=True)
class Table:
    """Rows of text cells under a header. `read` gives them from the start, a piece at a time.

    `doubt` is the decimal mark of numbers that may have either; `notes` is what was found out about the file.
    """

    source: str
    header: list[str]
    read: Callable[[], Iterator[Piece]]
    doubt: str = "."
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> int:
        """The place of a column, whose name may stand in quotes. Raises ValueError if it is not in the header."""
        if name in self.header:
            return self.header.index(name)
        names = [*map(unquoted, self.header)]
        if unquoted(name) not in names:
            raise ValueError(
                f"{self.source}: there is no column {name!r}{choice(name, self.header, 'the columns are')}"
            )
        return names.index(unquoted(name))

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

    def add(self, name: str, missing: list[str], most: int = 5) -> None:
        """Count the missing cells of a piece of a column, which are at these places."""
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
    kind: str = "number"
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
            f"{where}: expected a {self.kind}, found {cell!r}{more}: correct it or, if these are words, "
            f"encode them with words=[{name!r}]"
        )


def read_csv(path: Path) -> Table:
    """The table in a file of comma-, semicolon- or tab-separated values: a header, then one line for each row.

    Cells may be separated by blanks if every line has the same number of words, which a note tells. Single quotes
    around a name in the header are left out. Empty lines are skipped. A `path` that ends in .gz is unpacked. In a
    semicolon-separated file 1,250 has a decimal comma, as spreadsheets write it in many countries. Raises ValueError
    for a file that is not such a table; reading a later piece of it may raise that, too.
    """
    encoding, notes = text_encoding(path)
    with _text(path, encoding) as file:
        delimiter = _delimiter(line for line in file if line.strip())
    rows = _rows(path, encoding, delimiter)
    _, given = next(rows, (0, []))
    if not given:
        raise ValueError(f"{path}: the file is empty, expected a header and a line for each sample")
    given = [*map(unquoted, given)]
    header = unique_names(given)
    notes += (f"the cells of {path.name} are separated by blanks",) * (delimiter == BLANK) + named_note(given, header)
    held = [*islice(_cut(rows, len(header)), HELD + 1)]
    if not held:
        names = ", ".join(header[:10]) + ", …" * (len(header) > 10)
        raise ValueError(f"{path}: there is a header ({names}) and no line below it, expected samples")
    again = partial(_pieces, path, encoding, delimiter) if len(held) > HELD else partial(iter, held)
    return Table(str(path), header, again, "," if delimiter == ";" else ".", notes)


def unique_names(header: Sequence[str]) -> list[str]:
    """The names of columns; as in pandas, one without is called "Unnamed: 0", and a second "a" is called "a.1"."""
    names: list[str] = []
    given, used, numbers = {*header}, set[str](), defaultdict[str, Iterator[int]](lambda: count(1))
    for i, name in enumerate(header):
        name = name or f"Unnamed: {i}"
        if name in used:
            others = (f"{name}.{number}" for number in numbers[name])
            name = next(other for other in others if other not in used and other not in given)
        used.add(name)
        names.append(name)
    return names


def unquoted(name: str) -> str:
    """A name without single quotes around it."""
    return name[1:-1].strip() or name if len(name) > 2 and name[0] == name[-1] == "'" else name


def named_note(given: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """A note if columns got other names than the header gives them."""
    changed = [repr(name) for old, name in zip(given, names, strict=True) if old and old != name]
    return (f"names that occur twice in the header: the later columns are called {', '.join(changed)}",) * bool(changed)


def choice(given: str, known: Sequence[str], introduction: str) -> str:
    """The end of a message about an unknown name: the most similar known name, or the first ten."""
    from difflib import get_close_matches

    lower = {name.lower(): name for name in known}
    near = get_close_matches(given.lower(), lower, n=1)
    if near:
        return f": did you mean {lower[near[0]]!r}?"
    return f": {introduction} {', '.join(map(repr, known[:10]))}{', …' if len(known) > 10 else ''}"


def _delimiter(lines: Iterator[str]) -> str:
    """What separates the cells: a comma, a semicolon or a tab, whichever makes most names of the first line.

    It is a blank if they make one name of it, and blanks make several, and as many cells of every line after it.
    """
    first = next(lines, "")
    widths = {mark: _width(first, mark) for mark in DELIMITERS}
    mark = max(widths, key=lambda mark: widths[mark])
    if widths[mark] > 1 or len(first.split()) < 2:
        return mark
    others = {_width(line, BLANK) for line in islice(lines, TRIED)}
    return BLANK if others == {_width(first, BLANK)} else mark


def _width(line: str, delimiter: str) -> int:
    return len(next(_reader([line], delimiter), []))


def _reader(lines: Iterable[str], delimiter: str, strict: bool = False) -> Any:
    if delimiter == BLANK:
        lines = (line.strip().replace("\t", BLANK) + "\n" for line in lines)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[TextIO]:
    try:
        with opened(path) as file, io.TextIOWrapper(file, encoding, newline="") as text:
            yield text
    except UnicodeDecodeError:
        raise ValueError(f"{path}: the file changed while it was read: read it again") from None


def _pieces(path: Path, encoding: str, delimiter: str) -> Iterator[Piece]:
    rows = _rows(path, encoding, delimiter)
    _, header = next(rows)
    yield from _cut(rows, len(header))


def _cut(rows: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Piece]:
    while part := list(islice(rows, max(1, CELLS // width))):
        yield Piece([row for _, row in part], [f"line {line}" for line, _ in part])


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The header and the rows that are not empty, each with the number of the line where it begins."""
    line, width = 0, 0
    with _text(path, encoding) as text:
        reader = _reader(text, delimiter, strict=True)
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
                    yield line + 1, cells
                line = reader.line_num
        except csv.Error as error:
            fault = f"{path}, line {line + 1}: {error}: is a double quote missing, or one too many?"
            raise ValueError(fault) from None


def _check_header(where: str, header: list[str]) -> None:
    numbers = [cell for cell in header if plain(cell) is not None]
    if len(numbers) == len(header) or any("." in cell for cell in numbers):
        raise ValueError(
            f"{where}: expected a header, the names of the {len(header)} columns, found numbers "
            f"({', '.join(numbers[:4])}): put a line with the names above them"
        )
