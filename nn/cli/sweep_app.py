"""What follows `chalkgrad sweep` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command_group import Work, examples

SWEEPS = examples(
    "sweep digits",
    "sweep digits --trials 40 --jobs 2",
    "sweep your-table.csv --search lr=1e-4..1e-1:log hidden=16,32,64x32 --pruner hyperband",
    "sweep iris --sampler grid --search lr=0.003,0.01,0.03 hidden=8,16",
)


def sweep(
    dataset: Annotated[str | None, typer.Argument(help="As for train.", show_default="digits")] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            metavar="<name=values ...>",
            help="What to search: ranges such as lr=1e-4..1e-1:log, lists such as hidden=16,32,64x32, of any setting "
            "of a model or its training.",
            show_default="lr, hidden and batch_size",
        ),
    ] = None,
    trials: Annotated[
        int, typer.Option(min=0, help="Go on until there are so many.", show_default="20, or all of a grid")
    ] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Do them in so many processes at a time.", show_default=True)] = 1,
    storage: Annotated[
        Path | None,
        typer.Option(
            metavar="<file>",
            help="The file of the search, which processes and machines share; the runs are in the folder of its name.",
            show_default="runs/sweep-<dataset>.journal",
        ),
    ] = None,
    sampler: Annotated[
        str, typer.Option(metavar="<word>", help="What is tried next: tpe, random, grid or cmaes.", show_default=True)
    ] = "tpe",
    pruner: Annotated[
        str, typer.Option(metavar="<word>", help="Which runs end early: median, hyperband or none.", show_default=True)
    ] = "median",
    engine: Annotated[
        str, typer.Option(metavar="<word>", help="Where the trials run: local, or ray (Ray Tune).", show_default=True)
    ] = "local",
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs of each run.", show_default="by data set")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the runs and of the search.", show_default=False)] = 0,
    config: Annotated[Path | None, typer.Option(metavar="<file>", help="A TOML file with all other settings.")] = None,
) -> Work:
    """Search for the settings that do best, with Optuna; the run that did best is ready for evaluate and predict.

    The same command goes on after an end of any kind, with more --trials too. Given in several places at a time, on one
    --storage, it shares the work; a process that dies loses only its trial, which is tried again.
    """
    from . import sweep_command

    return lambda: sweep_command.sweep(
        dataset, search or (), trials, jobs, storage, sampler, pruner, engine, epochs, seed, config
    )
