"""The commands of `chalkgrad data`."""

from __future__ import annotations

from typing import Annotated

import typer

from .command_group import Work, examples, group

data_app = group(help="The data sets: which there are, where their files are, and how to get them.")


@data_app.command("list", epilog=examples("data list"))
def data_list() -> Work:
    """List the data sets, where their files are, and what is missing."""
    from . import data_command

    return lambda: data_command.list_all()


@data_app.command("show", epilog=examples("data show your-table.csv --target price"))
def data_show(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table: a CSV file, or another kind that train takes.")],
    target: Annotated[
        str | None, typer.Option(metavar="<column>", help="The column to predict; by default the last.")
    ] = None,
) -> Work:
    """Say how the columns of a table would be read, and what there is to note before a training."""
    from . import data_command

    return lambda: data_command.show_table(file, target)


@data_app.command("fetch", epilog=examples("data fetch mnist"))
def data_fetch(name: Annotated[str, typer.Argument(metavar="NAME", help="mnist, fashion-mnist or cifar10.")]) -> Work:
    """Download a data set, and check that it arrived intact."""
    from . import data_command

    return lambda: data_command.fetch(name)
