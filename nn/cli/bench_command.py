"""`chalkgrad bench`: a step of a network here and in other engines, side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from autograd.tools.extras import require

from ..runs.run_folder import write_json
from ..runs.settings import ConfigError


class Asked(NamedTuple):
    """What was typed after `chalkgrad bench`."""

    rows: Sequence[str] = ()
    engines: Sequence[str] = ()
    rounds: int = 15
    threads: Sequence[int] = (1,)
    clock: str = "wall"
    pythons: Sequence[str] = ()
    json: str = ""  # a file, or "-" for standard output
    picture: Path | None = None


def bench(asked: Asked) -> None:
    """Time the rows, print each as it is known, then the tables; write the JSON, anew after every row, and the picture.

    Raises ConfigError for a name that is not known, and before anything is timed if a file could not be written.
    """
    from ..bench import report_text, turns, verdicts

    plan = plan_of(asked)
    done, judged = [], []
    say = _nothing if asked.json == "-" else print
    for turn in turns.measure(plan, progress if sys.stderr.isatty() else _nothing):
        verdict = verdicts.Verdict(turn, asked.clock)
        done.append(turn)
        judged.append(verdict)
        say("\n".join(report_text.lines(verdict)), flush=True)
        if asked.json not in ("", "-"):
            write_json(Path(asked.json), as_data(done, asked.clock))
    for text in (*report_text.tables(judged), *report_text.missing(judged)):
        say(f"\n{text}")
    if asked.json == "-":
        print(json.dumps(as_data(done, asked.clock), indent=1))
    if asked.picture is not None:
        from ..bench.bars import bench_bars

        say(f"\n{bench_bars(judged, asked.picture).path}")


def as_data(turns: list[Any], clock: str) -> dict[str, Any]:
    """The machine, the versions and every round of these rows."""
    from ..bench import verdicts

    data = {"machine": verdicts.machine(), "clock": clock, "versions": verdicts.versions(turns)}
    return data | {"turns": [asdict(turn) for turn in turns]}


def plan_of(asked: Asked) -> Any:
    """The plan, if all of it can be carried out."""
    from ..bench.engines import ENGINES
    from ..bench.rows import ROWS
    from ..bench.turns import Plan
    from ..bench.verdicts import CLOCKS

    known("--clock", [asked.clock], CLOCKS)
    rows, engines = known("ROW", asked.rows, ROWS), known("--engines", asked.engines, ENGINES)
    pythons = {}
    for words in asked.pythons:
        engine, _, python = words.partition("=")
        known("--python", [engine], ENGINES)
        if not Path(python).is_file():
            raise ConfigError(f"--python: expected {engine}=<path of an interpreter>, given {words!r}")
        pythons[engine] = str(Path(python).absolute())
    for path in (Path(file) for file in (asked.json.removeprefix("-"), asked.picture) if file):
        if (path.exists() and not path.is_file()) or not path.absolute().parent.is_dir():
            raise ConfigError(f"{path} cannot be written: expected a file in a folder that exists")
    if asked.picture is not None:
        require("matplotlib", "demos", "the picture is drawn with Matplotlib")
    return Plan(rows, engines, asked.rounds, asked.threads, pythons)


def known(where: str, given: Sequence[str], names: Iterable[str]) -> Sequence[str]:
    """The names that were given, all if none was. Raises ConfigError for one that does not exist."""
    all_names = list(names)
    for name in given:
        if name not in all_names:
            near = get_close_matches(name, all_names, 3) or all_names
            raise ConfigError(f"{where}: expected one of {', '.join(near)}, given {name!r}")
    return list(dict.fromkeys(given)) or all_names


def counts(words: str) -> list[int]:
    """The numbers of threads in a text such as "1,2". Raises ConfigError for what is none."""
    parts = words.split(",")
    if not all(part.strip().isdecimal() and int(part) for part in parts):
        raise ConfigError(f"--threads: expected whole numbers from 1 on, given {words!r}")
    return list(dict.fromkeys(map(int, parts)))


def list_all() -> None:
    """Print the rows and the engines."""
    from ..bench.engines import ENGINES
    from ..bench.rows import ROWS

    for heading, entries in (
        ("rows", {name: row.about for name, row in ROWS.items()}),
        ("engines", {name: engine.label for name, engine in ENGINES.items()}),
    ):
        print(heading)
        for name, about in entries.items():
            print(f"  {name:18}{about}")


def progress(what: str) -> None:
    """What is going on, in a line of the terminal that the next one replaces."""
    print(f"\r{what:78.78}\r", end="", file=sys.stderr, flush=True)


def _nothing(*what: Any, **how: Any) -> None:
    pass
