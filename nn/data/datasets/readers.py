"""Tables from files of several kinds, and from rows and data frames in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .binary_formats import opened
from .csv_table import CELLS, Piece, Table, read_csv, unique_names
from .text_encoding import text_encoding

FRAME, ROWS = "the data frame", "the given rows"  # in place of a file, what is in memory
JSON = (".json", ".jsonl", ".ndjson")
FRAMES = {
    ".parquet": "read_parquet",
    ".pq": "read_parquet",
    ".feather": "read_feather",
    ".xlsx": "read_excel",
    ".xls": "read_excel",
    ".ods": "read_excel",
}


def read_table(source: Any) -> Table:
    """The table in a file, or in memory.

    A file is read by the end of its name: .json, .jsonl (an object for each row, or for each column), .parquet,
    .feather and .xlsx by pandas; anything else is text, as in `read_csv`. Text may be packed (.gz). In memory it is a
    pandas DataFrame, or one or more rows as dicts from column to value.

    Raises FileNotFoundError if there is no such file; ImportError for a package that reads it and is not installed;
    ValueError for a file that is not such a table, and for any other source.
    """
    if not isinstance(source, str | os.PathLike):
        return frame_table(source, FRAME) if _is_frame(source) else rows_table(source, ROWS)
    path = Path(source)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: expected a CSV file, found {'a folder' if path.is_dir() else 'nothing there'}"
        )
    kind = Path(path.stem if path.suffix == ".gz" else path).suffix.lower()
    if kind in JSON:
        return _json_table(path)
    return frame_table(_frame(path, FRAMES[kind]), str(path)) if kind in FRAMES else read_csv(path)


def rows_table(rows: Mapping[str, Any] | Sequence[Mapping[str, Any]], source: str) -> Table:
    """The table of rows given as dicts from column names to values. Raises ValueError for anything else."""
    try:
        rows = [rows] if isinstance(rows, Mapping) else list(rows)
    except TypeError:
        rows = []
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(
            "expected the path of a CSV file, or rows as dicts from column to value, or a DataFrame, given "
            f"{rows!r:.80}"
        )
    header = list(dict.fromkeys(str(name) for row in rows for name in row))
    columns = [[_cell(row.get(name)) for row in rows] for name in header]
    return _held(source, header, columns, len(rows))


def frame_table(frame: Any, source: str) -> Table:
    """The table of a pandas DataFrame; its index is left out. Raises ValueError for one without rows or columns."""
    header = unique_names([str(name).strip() for name in frame.columns])
    if not len(frame) or not header:
        raise ValueError(f"{source}: expected rows and columns, found {len(frame):,} rows and {len(header)} columns")

    def read() -> Iterator[Piece]:
        for start in range(0, len(frame), step := _step(header)):
            part = frame.iloc[start : start + step]
            columns = [_cells(part.iloc[:, i]) for i in range(len(header))]
            yield Piece(list(map(list, zip(*columns, strict=True))), _places(start, len(part)))

    return Table(source, header, read)


def _is_frame(source: Any) -> bool:
    return hasattr(source, "iloc") and hasattr(source, "columns")


def _cells(series: Any) -> list[str]:
    gone = series.isna().tolist()
    return ["" if missing else str(value).strip() for value, missing in zip(series.tolist(), gone, strict=True)]


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()  # "nan", "NaT" and "<NA>" are missing, too


def _held(source: str, header: list[str], columns: list[list[str]], length: int) -> Table:
    def read() -> Iterator[Piece]:
        for start in range(0, length, step := _step(header)):
            parts = [column[start : start + step] for column in columns]
            yield Piece(list(map(list, zip(*parts, strict=True))), _places(start, len(parts[0])))

    return Table(source, header, read)


def _step(header: list[str]) -> int:
    return max(1, CELLS // len(header))


def _places(start: int, length: int) -> list[str]:
    return [f"row {i}" for i in range(start, start + length)]


def _frame(path: Path, how: str) -> Any:
    try:
        import pandas
    except ImportError:
        raise ImportError(f"{path}: pandas reads this kind of file: pip install pandas pyarrow openpyxl") from None
    reader: Callable[[Path], Any] = getattr(pandas, how)
    try:
        return reader(path)
    except ImportError as error:
        raise ImportError(f"{path}: pandas needs another package for this kind of file: {error}") from None
    except OSError:
        raise
    except Exception as error:
        raise ValueError(f"{path}: pandas cannot read it: {error}") from None


def _json_table(path: Path) -> Table:
    encoding, _ = text_encoding(path)
    with opened(path) as file:
        text = file.read().decode(encoding)
    try:
        content = _parsed(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected JSON, an object for each row: {error}") from None
    if isinstance(content, dict) and content and all(isinstance(column, dict | list) for column in content.values()):
        content = _turned(path, content)
    rows = [content] if isinstance(content, dict) else content
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path}: expected a list of objects, one for each row, found {content!r:.60}")
    return rows_table(rows, str(path))


def _parsed(text: str) -> Any:
    """A JSON value; or those of the lines."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _turned(path: Path, columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows from an object of columns, each a list, or an object by row as pandas writes it."""
    lists = {name: list(column.values()) if isinstance(column, dict) else column for name, column in columns.items()}
    lengths = {name: len(column) for name, column in lists.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{path}: expected columns of one length, found {lengths!r:.80}")
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
