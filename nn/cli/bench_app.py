"""`chalkgrad bench`: what Typer reads of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command_group import Work, examples

EXAMPLES = examples(
    "bench",
    "bench 784-128-10 lenet --threads 1 2",
    "bench --engines chalkgrad torch numpy --rounds 31",
    "bench --python hips=hips/bin/python --json bench.json --picture bench.png",
    "bench --list",
)


def bench(
    rows: Annotated[list[str] | None, typer.Argument(metavar="ROW...", help="What to time; default: all.")] = None,
    engines: Annotated[
        list[str] | None,
        typer.Option(metavar="<engine ...>", help="Where; default: all that are installed.", show_default=False),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Blocks of steps of each engine.", show_default=True)] = 15,
    threads: Annotated[str, typer.Option(metavar="<n ...>", help="Numbers of threads.", show_default=True)] = "1",
    clock: Annotated[
        str,
        typer.Option(
            metavar="<word>", help="Compare by wall time or by processor time (on a busy machine): wall, processor."
        ),
    ] = "wall",
    python: Annotated[
        list[str] | None,
        typer.Option(
            metavar="<engine=path>", help="The interpreter of an engine in another environment.", show_default=False
        ),
    ] = None,
    json: Annotated[
        str,
        typer.Option(
            metavar="<file>",
            help="Write the machine, the versions and every round as JSON, after each row anew; "
            '"-" prints it, in place of the text.',
        ),
    ] = "",
    picture: Annotated[
        Path | None, typer.Option(metavar="<file>", help="Draw the table: a .png, .svg or .pdf file.")
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="Time nothing: print the names of the rows and of the engines.")
    ] = False,
) -> Work:
    """Time training steps of small networks here, in PyTorch and in other engines, side by side.

    Each engine has a process of its own, starts from the same weights and takes the same batch; they are timed in
    alternating rounds. A figure is the median time of a step, and its ratio to that of PyTorch. Where the results of
    the first steps differ, that is said in place of a figure. Engines that are not installed are named and left out.
    On Linux the memory of a step is told too: the most that it holds, with its weights and its batch.
    """
    from . import bench_command

    if list_all:
        return bench_command.list_all
    asked = bench_command.Asked(
        rows or (), engines or (), rounds, bench_command.counts(threads), clock, python or (), json, picture
    )
    return lambda: bench_command.bench(asked)
