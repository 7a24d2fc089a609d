"""The figures in print: a row as it is timed, and the whole table in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .engines import ENGINES
from .rows import ROWS
from .verdicts import Verdict, label

WIDTH = max(len(engine.label) for engine in ENGINES.values())
SEEN = 100_000  # bytes: no ratio to less memory than this is told, since the system counts in pages
MORE = 1.2  # threads at work for one that was allowed, beyond which it is said


def lines(verdict: Verdict) -> Iterator[str]:
    """A row: each engine's time, in milliseconds and in the unit, what its first steps took beyond it, its memory."""
    threads = verdict.turn.threads
    yield f"{ROWS[verdict.turn.row].about} ({threads} thread{'s' * (threads > 1)})"
    for engine in verdict.figures:
        start = f"first steps + {time(verdict.start(engine))}"
        figures = f"{time(verdict.seconds(engine)):>9}  {ratio(verdict, engine):>6}  {start}"
        busy = verdict.busy(engine)
        told = f"  used {busy:.1f} threads" if busy > MORE * threads else ""
        memory = memory_of(verdict, engine)
        yield f"  {label(engine):{WIDTH}}{figures}{memory and f'  memory {memory}'}{told}"
    for engine, reason in verdict.remarks.items():
        if "missing" not in verdict.turn.engines[engine]:
            yield f"  {label(engine):{WIDTH}}  {reason}"


def ratio(verdict: Verdict, engine: str) -> str:
    """The engine's time in units of another's: two decimals, or one digit where these would be zeros."""
    number = verdict.ratio(engine)
    return f"{number:.2f}" if number >= 0.01 else f"{number:.1g}"


def time(seconds: float) -> str:
    """Seconds with three digits, in a unit that suits."""
    factor, unit = next(
        pair for pair in ((1, "s"), (1e3, "ms"), (1e6, "µs")) if seconds * pair[0] >= 1 or pair[1] == "µs"
    )
    return f"{seconds * factor:.3g} {unit}"


def megabytes(count: int | None) -> str:
    """Bytes as MB, with two decimals where there are fewer than ten."""
    return "" if count is None else f"{count / 1e6:.{2 if count < 9_995_000 else 0}f}"


def memory_of(verdict: Verdict, engine: str) -> str:
    """What a step holds at its peak: MB, and in units of another engine's, if that is known and large enough."""
    mine, unit = verdict.memory(engine), verdict.memory(verdict.unit)
    if mine is None:
        return ""
    return f"{megabytes(mine)} MB" + (f", {mine / unit:.2f}" if unit and unit >= SEEN else "")


def missing(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The engines that are not here, and how to get them."""
    found = {e: said["missing"] for v in verdicts for e, said in v.turn.engines.items() if "missing" in said}
    for engine, reason in found.items():
        yield f"{label(engine)} is left out: {reason} ({ENGINES[engine].install})"


def tables(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """For each number of threads: ratios; what the first steps took beyond ordinary ones; memory, if it is known."""
    for threads in dict.fromkeys(verdict.turn.threads for verdict in verdicts):
        some = [verdict for verdict in verdicts if verdict.turn.threads == threads]
        words = f"{threads} thread{'s' * (threads > 1)}"
        yield table(f"a step, {words}", some, ratio, unit=True)
        yield table(f"first steps, {words}", some, lambda v, e: time(v.start(e)))
        if any(verdict.memory(engine) is not None for verdict in some for engine in verdict.figures):
            yield table(f"memory at the peak of a step, {words}", some, memory_of)
            yield table(f"the whole process then, MB, {words}", some, lambda v, e: megabytes(v.process(e)))


def table(heading: str, verdicts: Sequence[Verdict], cell: Callable[[Verdict, str], str], unit: bool = False) -> str:
    """A table in Markdown: a row for each row, a column for each engine that has a figure in one of them."""
    engines = [e for e in ENGINES if any(e in verdict.figures for verdict in verdicts)]
    head = [heading, *["1.00 is"] * unit, *map(label, engines)]
    body = [" | ".join(head), " | ".join(["---", *["---:"] * (len(head) - 1)])]
    for verdict in verdicts:
        one = [f"{label(verdict.unit)}, {time(verdict.seconds(verdict.unit))}" if verdict.figures else ""] * unit
        cells = [cell(verdict, e) if e in verdict.figures else "" for e in engines]
        body.append(" | ".join([ROWS[verdict.turn.row].about, *one, *cells]))
    return "\n".join(body)
