"""Damaged files are read one after the other, under watch."""

import random
import signal
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb

import numpy as np

from .damage import damaged
from .files import Kind, kinds

SECONDS = 5.0  # that reading a file may take
NAMED = (ValueError, OSError)  # FileError, ConfigError and UnicodeError are ValueErrors


class TookTooLongError(BaseException):
    """No reader catches this."""


@dataclass
class Report:
    """How many files were read or refused; for each way to fail, how many did, and the first of them."""

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)

    def add(self, other: "Report") -> None:
        """Add what happened elsewhere."""
        self.read.update(other.read)
        self.refused.update(other.refused)
        self.faults.update(other.faults)
        self.examples = other.examples | self.examples

    def __str__(self) -> str:
        lines = [f"{name:20}{self.read[name]:9,} read{self.refused[name]:9,} refused" for name in self.refused]
        for (name, fault), count in self.faults.items():
            number, content = self.examples[name, fault]
            lines.append(f"\n{name}, {count:,} times, first in number {number}: {fault}\n    {content[:300]!r}")
        return "\n".join(lines)


def mutate(each: int, seed: int = 0, only: str = "", jobs: int = 1) -> Report:
    """Damage and read `each` files of every kind whose name begins with `only`, in as many processes."""
    pieces = [range(start, each, jobs) for start in range(jobs)]
    if jobs == 1:
        return mutate_some(pieces[0], seed, only)
    with ProcessPoolExecutor(jobs) as pool:
        reports = list(pool.map(mutate_some, pieces, [seed] * jobs, [only] * jobs))
    total = reports[0]
    for report in reports[1:]:
        total.add(report)
    return total


def mutate_some(numbers: Iterable[int], seed: int, only: str) -> Report:
    """Damage and read the files of these numbers."""
    report = Report()
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, kind in kinds(Path(place)).items():
            if name.startswith(only):
                read_all(name, kind, Path(place), numbers, seed, report)
    return report


def read_all(name: str, kind: Kind, folder: Path, numbers: Iterable[int], seed: int, report: Report) -> None:
    """Damage and read files of one kind. Number 0 is a good one, which must be read."""
    path = folder / kind.name
    report.refused[name] += 0
    for number in numbers:
        chance = random.Random(f"{seed}/{name}/{number}")
        content = chance.choice(kind.good)
        if number:
            content = damaged(content, chance.choice(kind.good), chance)
        path.write_bytes(content)
        fault = watched(kind, path, len(content), must_read=not number)
        if fault is None:
            report.read[name] += 1
        elif fault == "":
            report.refused[name] += 1
        else:
            report.faults[name, fault] += 1
            report.examples.setdefault((name, fault), (number, content))


def watched(kind: Kind, path: Path, size: int, must_read: bool = False) -> str | None:
    """Read a file: None if that went well, "" if it was refused as it should be, else what went wrong."""
    before, peak = memory("VmSize"), memory("VmPeak")
    try:
        with limited(SECONDS):
            kind.read(path)
        fault = None
    except NAMED as error:
        fault = f"refused, though it is good: {error}" if must_read else "" if str(error).strip() else "no message"
    except TookTooLongError:
        fault = f"took more than {SECONDS} s"
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} in {Path(place.filename).name}, {place.name}: {str(error)[:60]}"
    taken = memory("VmPeak")
    if taken > peak and taken - before > 4 * size + kind.constant:
        return "took too much memory"
    return fault


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer. Linux and macOS only."""

    def stop(*_: object) -> None:
        raise TookTooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def memory(what: str) -> int:
    """The address space of this process, now ("VmSize") or at its largest ("VmPeak"), in bytes; 0 if unknown."""
    try:
        with open("/proc/self/status") as file:
            line = next(line for line in file if line.startswith(what))
    except OSError:
        return 0
    return int(line.split()[1]) * 1024
