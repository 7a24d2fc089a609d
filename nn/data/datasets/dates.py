"""Dates and times: from text to seconds, and from seconds to what a network can learn from."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

DAY = 86_400
YEAR = 365.2425 * DAY
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CYCLES = ("month", "weekday", "hour")  # each becomes a sine and a cosine, so that December is beside January
LONGEST = 40  # characters

CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(:(?P<second>\d{2}(\.\d+)?))?\s*(?P<half>[ap]m)?"
ZONE = r"\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2})?"
DATES = (
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
    r"(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})",
    r"(?P<day>\d{1,2})[-\s](?P<name>[a-z]{3,9})[-\s](?P<year>\d{4}|\d{2})",
    r"(?P<name>[a-z]{3,9})\.?[-\s](?P<day>\d{1,2}),?[-\s](?P<year>\d{4})",
    r"(?P<year>\d{4})-(?P<month>\d{2})",
    r"(?P<year>\d{4})[-\s]?q(?P<quarter>[1-4])",
)
PATTERNS = [re.compile(rf"{each}([T\s]\s*{CLOCK}{ZONE})?", re.IGNORECASE | re.ASCII) for each in DATES]
TIME = re.compile(CLOCK, re.IGNORECASE | re.ASCII)


def orders(cell: str) -> frozenset[str]:
    """In which order day and month can stand in a cell, "dmy", "mdy" or both; "time" for a time of day; else nothing.

    A date that begins with the year or names the month leaves both open.
    """
    if len(cell) <= LONGEST and TIME.fullmatch(cell):
        return frozenset({"time"}) if moment(cell, "time") is not None else frozenset()
    return frozenset(order for order in ("dmy", "mdy") if moment(cell, order) is not None)


def moment(cell: str, order: str) -> float | None:
    """The seconds from 1970 to a date, without regard to its time zone; or from midnight, for a time; None for neither.

    Two digits are a year from 1969 to 2068, as in POSIX.
    """
    if len(cell) > LONGEST:
        return None
    patterns = [TIME] if order == "time" else PATTERNS
    found = next((found for pattern in patterns if (found := pattern.fullmatch(cell))), None)
    if found is None:
        return None
    parts = found.groupdict()
    clock = _clock(parts) if parts["hour"] else 0.0
    day = 0 if order == "time" else _day(parts, order)
    return None if clock is None or day is None else DAY * day + clock


def is_clear(cell: str) -> bool:
    """Whether a date is the same in either order."""
    return moment(cell, "dmy") == moment(cell, "mdy")


def _clock(parts: dict[str, Any]) -> float | None:
    hour, minute, second = int(parts["hour"]), int(parts["minute"]), float(parts["second"] or 0)
    if parts["half"]:
        hour = hour % 12 + 12 * (parts["half"].lower() == "pm") if 1 <= hour <= 12 else 24
    return 3600 * hour + 60 * minute + second if hour < 24 and minute < 60 and second < 61 else None


def _day(parts: dict[str, Any], order: str) -> int | None:
    """The days from 1970 on."""
    day: Any
    month: Any
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 69 else 1900
    if parts.get("quarter"):
        day, month = 1, 3 * int(parts["quarter"]) - 2
    elif parts.get("one"):
        day, month = (parts["one"], parts["two"]) if order == "dmy" else (parts["two"], parts["one"])
    else:
        day, month = parts.get("day") or 1, parts.get("month") or _month(parts["name"].lower())
    try:
        return date(year, int(month), int(day)).toordinal() - 719_163
    except ValueError:
        return None


def _month(name: str) -> int:
    names = [name.startswith(month) for month in MONTHS]
    return names.index(True) + 1 if any(names) else 0


def position(seconds: Array, cycle: str) -> Array:
    """Where in a cycle of "month", "weekday" or "hour" moments are, from 0 to 1: January, Monday and midnight are 0."""
    if cycle == "hour":
        return seconds % DAY / DAY
    days = np.floor_divide(seconds, DAY).astype(np.int64)
    if cycle == "weekday":
        return (days + 3) % 7 / 7
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 / 12
