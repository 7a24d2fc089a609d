"""The runner: every engine of a row in a process of its own, timed in turns, so that a busy moment falls on all alike.

It knows no engine. An engine that is missing, fails, or has no such row says so, and is left out of the rounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, NamedTuple

from .engines import ENGINES
from .rows import ROWS

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "NPROC")
SECONDS = 0.02  # of a block
REST = 0.3  # seconds until the idle threads of a library stop looking for work, which takes a core from the next engine
WORKER = Path(__file__).with_name("worker.py")


class Plan(NamedTuple):
    """What to time: rows and engines by name, and the interpreters of engines that have an environment of their own."""

    rows: Sequence[str] = tuple(ROWS)
    engines: Sequence[str] = tuple(ENGINES)
    rounds: int = 15
    threads: Sequence[int] = (1,)
    pythons: Mapping[str, str] = {}
    seconds: float = SECONDS


@dataclass(frozen=True)
class Turn:
    """One row on so many threads: for each engine what its worker said, with its rounds."""

    row: str
    threads: int
    engines: dict[str, dict[str, Any]]


class Worker:
    """The process of one engine."""

    def __init__(self, engine: str, row: str, threads: int, plan: Plan) -> None:
        python = plan.pythons.get(engine)
        command = [python or sys.executable, "-P", str(WORKER), engine, row, str(plan.seconds)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment(threads, python)
        )
        self.answers = self.read()

    def read(self) -> Iterator[dict[str, Any]]:
        """What the worker says, line by line; at its end, that it has ended."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)
        yield {"failed": f"its process ended with the code {self.process.wait()}"}

    def hear(self) -> dict[str, Any]:
        return next(self.answers)

    def ask(self, what: str = "") -> dict[str, Any]:
        """A block of steps, or what is asked for."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, and is heard to have
            print(what, file=self.process.stdin, flush=True)
        return self.hear()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def environment(threads: int, python: str | None) -> dict[str, str]:
    """So many threads for every library; this clone is found only where no other interpreter was named."""
    variables = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
    root = str(Path(__file__).parents[2])
    variables["PYTHONPATH"] = "" if python else os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    return variables


def measure(plan: Plan, tell: Callable[[str], None] = lambda what: None) -> Iterator[Turn]:
    """Each row on each number of threads, as soon as it is timed."""
    for threads in plan.threads:
        for row in plan.rows:
            yield turn(row, threads, plan, tell)


def turn(row: str, threads: int, plan: Plan, tell: Callable[[str], None]) -> Turn:
    """One row: the engines begin one after the other, then they take turns, in an order that alternates.

    When all rounds are done, each is asked for the memory it takes.
    """
    said: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        workers = {}
        for engine in plan.engines:
            tell(f"{ROWS[row].about}: {ENGINES[engine].label} begins")
            worker = stack.enter_context(Worker(engine, row, threads, plan))
            said[engine] = worker.hear()
            if "found" in said[engine]:
                said[engine]["rounds"] = []
                workers[engine] = worker
        for i in range(plan.rounds):
            tell(f"{ROWS[row].about}: round {i + 1} of {plan.rounds}")
            for engine in [*workers][:: 1 if i % 2 else -1]:
                sleep(REST if threads > 1 else 0)
                answer = workers[engine].ask()
                if "failed" in answer:
                    said[engine] = answer
                    workers.pop(engine)
                else:
                    said[engine]["rounds"].append(answer)
        tell(f"{ROWS[row].about}: memory")
        for engine, worker in workers.items():
            said[engine] |= worker.ask("memory")
    return Turn(row, threads, said)
