"""What the rounds say: which engines did the same work, their times, and their ratios to the one that is the unit."""

from __future__ import annotations

import os
import platform
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from .engines import ENGINES
from .rows import ROWS
from .turns import Turn

CLOCKS = ("wall", "processor")
TOLERANCE = 1e-4  # between the results of two engines, relative; after five steps in float32 they differ by 1e-6


class Verdict:
    """The figures of one row on so many threads.

    Attributes:
        figures: the engines that have one.
        remarks: for every other engine that has the row, why it has none.
        unit: the engine whose time is 1: the row's own, or the first that has a figure.
    """

    def __init__(self, turn: Turn, clock: str = "wall") -> None:
        self.turn, self.clock = turn, clock
        self.remarks = {name: reason for name, said in turn.engines.items() if (reason := _reason(said))}
        timed = {name: said for name, said in turn.engines.items() if said.get("rounds")}
        self.remarks |= different({name: said["found"] for name, said in timed.items()})
        self.figures = [name for name in timed if name not in self.remarks]
        wanted = ROWS[turn.row].unit
        self.unit = wanted if wanted in self.figures or not self.figures else self.figures[0]

    def times(self, engine: str) -> list[float]:
        return [each[self.clock] for each in self.turn.engines[engine]["rounds"]]

    def seconds(self, engine: str) -> float:
        """The median over the rounds."""
        return median(self.times(engine))

    def ratio(self, engine: str) -> float:
        """The median over the rounds of the engine's time in a round, divided by the unit's."""
        return median(a / b for a, b in zip(self.times(engine), self.times(self.unit), strict=True))

    def start(self, engine: str) -> float:
        """Seconds that the first steps took beyond as many ordinary ones: recording, compiling, first touches."""
        first = [each[self.clock] for each in self.turn.engines[engine]["first"]]
        return max(0.0, sum(first) - len(first) * self.seconds(engine))

    def memory(self, engine: str) -> int | None:
        """Bytes that a step holds at its peak, with its weights and its batch; None where the system did not tell."""
        found = self.turn.engines[engine].get("memory")
        return found and found["peak"] - found["dropped"]

    def process(self, engine: str) -> int | None:
        """Bytes of the whole process at the peak of a step: its libraries, and freed memory that is kept, included."""
        found = self.turn.engines[engine].get("memory")
        return found and found["shown"]

    def busy(self, engine: str) -> float:
        """How many threads were at work on average."""
        return median(each["processor"] / each["wall"] for each in self.turn.engines[engine]["rounds"])


def _reason(said: dict[str, Any]) -> str:
    return said.get("failed") or said.get("missing", "")


def different(found: dict[str, list[list[float]]]) -> dict[str, str]:
    """The engines whose results are not those of the others, and what they were: they did other work.

    Of two that differ nobody knows which is right; both are named.
    """
    shapes = {name: tuple(map(len, steps)) for name, steps in found.items()}
    common = Counter(shapes.values()).most_common(1)[0][0] if found else ()
    arrays = {name: np.array(steps) for name, steps in found.items() if shapes[name] == common}
    middle = np.median(list(arrays.values()), axis=0) if arrays else np.zeros(0)
    told = {name: "another number of results" for name in found if name not in arrays}
    for name, results in arrays.items():
        if not np.allclose(results, middle, rtol=TOLERANCE, atol=1e-9):
            last, expected = (", ".join(f"{x:.6g}" for x in steps[-1]) for steps in (results, middle))
            told[name] = f"computed something else: {last} after {len(results)} steps, not {expected}"
    return told


def machine() -> dict[str, Any]:
    """The machine, and how busy it was."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"processor": cpu, "cores": os.cpu_count(), "system": platform.system(), "load": load}


def versions(turns: list[Turn]) -> dict[str, dict[str, str]]:
    """The versions of each engine that ran."""
    return {name: said["versions"] for turn in turns for name, said in turn.engines.items() if "versions" in said}


def label(engine: str) -> str:
    return ENGINES[engine].label
