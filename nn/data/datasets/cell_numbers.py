"""Numbers as people write them: 1,000 and 1.000,5, $5 and 10 %, (5) for -5."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "<na>", "#n/a", "nat"})
NO_NUMBER = MISSING | {"none", "-", "--", ".", "..", "...", "—"}  # what stands for a missing number, besides

DRESSED = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+−]?)\s*[$€£¥₹]?\s*(?P<minus>[-−]?)(?P<digits>[0-9.,'’ \u00a0\u202f]*[0-9][.,]?)"
    r"(?P<exponent>[eE][-+]?[0-9]+)?\s*[$€£¥₹]?\s*(?P<percent>%?)\s*(?P<close>\))?"
)
PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
SPACED = re.compile(r"[1-9][0-9]{0,2}(?:['’ \u00a0\u202f][0-9]{3})+([.,][0-9]+)?")
THOUSAND = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
POINT = re.compile(r"[1-9][0-9]{0,2}((,[0-9]{3}){2,}|(,[0-9]{3})+\.[0-9]*)")
COMMA = re.compile(r"[0-9]*,[0-9]+|[1-9][0-9]{0,2}((\.[0-9]{3}){2,}|(\.[0-9]{3})+,[0-9]+)")
GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}")
UNIT = re.compile(r"[-+−]?[0-9][0-9.,]*\s?(?P<unit>[^\W\d_]{1,4}[²³]?|°[CF]?|[^\W\d_]{1,3}/[^\W\d_]{1,3})")
WIDE = 40  # characters of a cell that may be a dressed number


def plain(cell: str) -> float | None:
    """The number that a cell holds as Python writes it, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def number(cell: str, decimal: str = "", doubt: str = ".") -> float | None:
    """The number that a cell holds, or None.

    Args:
        cell: the text.
        decimal: "," if the column is known to have decimal commas, so that 1.000 is a thousand; "." for points.
        doubt: what decides 1,000 if `decimal` is not known: "." for a thousand, "," for one.
    """
    if cell[:1].isalpha():
        return None
    value = plain(cell)
    if value is not None:
        return float(cell.replace(".", "")) if decimal == "," and GROUPED.fullmatch(cell) else value
    found = DRESSED.fullmatch(cell) if len(cell) <= WIDE else None
    form = None if found is None else _form(found["digits"])
    if found is None or form is None or (found["open"] is None) != (found["close"] is None):
        return None
    mark = (decimal or doubt) if form in "?n" else form
    digits = re.sub(r"['’\s]", "", found["digits"])
    if mark == "," and (form != "n" or GROUPED.fullmatch(digits)):
        digits = digits.replace(".", "")
    digits = digits.replace(",", "." if mark == "," else "")
    value = float(digits + (found["exponent"] or ""))
    if not math.isfinite(value):
        return None
    negative = bool(found["open"] or found["sign"] in ("-", "−") or found["minus"])
    return (-value if negative else value) / (100 if found["percent"] else 1)


def form(cell: str) -> str | None:
    """How a number is written: with a decimal "." or ","; "?" if that is not clear; "n" if neither; None if it is none.

    1,000.5 has a point, 1.000,5 and 0,5 have a comma, 1,000 may have either, and 1000 or 1.5 does not tell.
    """
    found = DRESSED.fullmatch(cell) if len(cell) <= WIDE else None
    return "n" if plain(cell) is not None else None if found is None else _form(found["digits"])


def _form(digits: str) -> str | None:
    digits = digits.strip()
    if PLAIN.fullmatch(digits):
        return "n"
    if THOUSAND.fullmatch(digits):
        return "?"
    if POINT.fullmatch(digits):
        return "."
    if COMMA.fullmatch(digits):
        return ","
    spaced = SPACED.fullmatch(digits)
    return None if spaced is None else (spaced[1] or "n")[0]


def quick(cells: Sequence[str]) -> np.ndarray[Any, Any] | None:
    """The numbers in cells, (N,) in float64; None if one of them holds none that Python would take."""
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    return values if np.isfinite(values).all() and "_" not in "".join(cells) else None


def numbers(cells: Sequence[str], decimal: str = "", doubt: str = ".") -> np.ndarray[Any, Any]:
    """The numbers in cells, (N,) in float64: NaN for a cell that holds none. The arguments are those of `number`."""
    values = None if decimal == "," else quick(cells)
    if values is None:
        found = {cell: number(cell, decimal, doubt) for cell in set(cells)}
        values = np.array([found[cell] for cell in cells], np.float64)
    return values


def unit(cell: str) -> str:
    """The unit behind a number: "kg" of "5 kg"; empty if there is none."""
    found = UNIT.fullmatch(cell) if len(cell) <= WIDE else None
    return "" if found is None else found["unit"]
