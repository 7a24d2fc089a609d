"""The commands. Typer reads what was typed and hands back what is to be done; `run` does it, and tells how it went."""

from __future__ import annotations

import errno
import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from .arguments import expand, flags
from .settings import ConfigError

Work = Callable[[], Any]
USAGE: Any = typer.BadParameter.__mro__[2]  # click's ClickException, under whatever name typer has it


def examples(*lines: str) -> str:
    """The end of a help text."""
    return "[dim]Examples[/]\n\n" + "\n".join(f"  [bold]chalkgrad {line}[/]" for line in lines)


def group(**options: Any) -> typer.Typer:
    """A set of commands."""
    return typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        **options,
    )


app = group(name="chalkgrad")
data_app = group(help="The data sets: which there are, where they lie, and how to get them.")
app.add_typer(data_app, name="data")

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, such as runs/digits.")]


def call(module: str, function: str, *given: Any) -> Work:
    """The call of a function in a module of this package, which is imported only then."""
    return lambda: getattr(import_module(f".{module}", __package__), function)(*given)


def version(asked: bool) -> None:
    """Print the version, and be done."""
    if asked:
        import autograd

        print(f"chalkgrad {autograd.__version__}")
        raise typer.Exit


@app.callback(epilog=examples("train", "train iris --hidden 32 16 --epochs 100", "evaluate runs/digits"))
def root(
    version: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Print it.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="With any command: show where an error comes from.")] = False,
) -> None:
    """Neural networks on a small automatic differentiation engine: train them, look into them, check them."""


def with_flags(command: Callable[..., Work]) -> Callable[..., Work]:
    """The command, that typer sees to take all settings in place of `**given`."""
    *own, given = inspect.signature(command, eval_str=True).parameters.values()
    parameters = [*flags(), *(each.replace(kind=given.KEYWORD_ONLY) for each in own)]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


@app.command(
    epilog=examples(
        "train",
        "train mnist --conv 16 32 --epochs 5",
        "train flowers.csv --target species --early-stop",
        "train photos --augment --dropout 0.3",
        "train --resume runs/mnist",
        "train --config runs/iris/config.toml",
    )
)
@with_flags
def train(
    config: Annotated[
        Path | None,
        typer.Option(metavar="<file>", help="A TOML file with settings; flags go before.", rich_help_panel="Run"),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="<run>", help="Go on with a run, bit for bit.", rich_help_panel="Run")
    ] = None,
    **given: Any,
) -> Work:
    """Learn from data; leave a folder with the model, its figures and its pictures."""
    return call("train_command", "command", given, config, resume)


@app.command(epilog=examples("evaluate runs/digits", "evaluate runs/flowers --data more-flowers.csv"))
def evaluate(
    run: RunFolder,
    data: Annotated[
        str, typer.Option(metavar="<part|path>", help="train, valid or test; or a CSV file, or a folder of images.")
    ] = "",
) -> Work:
    """What the model of a run is worth: loss, accuracy, precision and recall, and what is taken for what."""
    return call("evaluate_command", "command", run, data)


@app.command(epilog=examples("predict runs/digits seven.png", "predict runs/flowers new.csv --json"))
def predict(
    run: RunFolder,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Images, or CSV files with a row for each case.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> Work:
    """What the model of a run says of new images or rows, and how sure it is."""
    return call("predict_command", "command", run, files, as_json)


@app.command(epilog=examples("check runs/digits", "check runs/iris --steps 10"))
def check(
    run: RunFolder,
    steps: Annotated[int, typer.Option(min=1, help="Steps of training to take side by side.", show_default=True)] = 3,
) -> Work:
    """Compare the model of a run with its twin in PyTorch, number by number, and its gradients with differences."""
    return call("check_command", "command", run, steps)


@data_app.command("list", epilog=examples("data list"))
def data_list() -> Work:
    """The data sets, where their files are expected, and what is missing."""
    return call("data_command", "show_all")


@data_app.command("fetch", epilog=examples("data fetch mnist"))
def data_fetch(name: Annotated[str, typer.Argument(metavar="NAME", help="mnist, fashion-mnist or cifar10.")]) -> Work:
    """Download a data set, and check that it came whole."""
    return call("data_command", "fetch", name)


@app.command(epilog=examples("draw 'a*b + c**2' a=2 b=-3 c=10", "draw 'sin(x)/x' x=0.5 --order 2", "draw runs/iris"))
def draw(
    what: Annotated[str, typer.Argument(metavar="FORMULA|RUN", help="A formula, or the folder of a run.")],
    values: Annotated[list[str] | None, typer.Argument(metavar="NAME=NUMBER…", help="Values of its variables.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="<file>", help="An .svg, .png, .dot or .gv file.", show_default="graph.svg")
    ] = None,
    rules: Annotated[bool, typer.Option(help="Write on each edge how the gradient goes back.")] = True,
    direction: Annotated[
        str, typer.Option(metavar="LR|TB", help="Left to right, as formulas; or top to bottom, as runs.")
    ] = "",
    order: Annotated[int, typer.Option(min=1, help="How many derivatives to print of a formula.")] = 1,
) -> Work:
    """Draw the graph of a formula, or of the network of a run, with every value and every gradient."""
    return call("draw_command", "draw_command", what, values or [], out, rules, direction, order)


@app.command(
    epilog=examples(
        "explore", "explore moons --lr 0.001 0.01 0.1 --width 4 16 64", "explore iris --lr 1e-4 1 --random 20"
    )
)
def explore(
    dataset: Annotated[str | None, typer.Argument(help="As for train.", show_default="digits")] = None,
    lr: Annotated[
        str | None, typer.Option(metavar="<x …>", help="Learning rates.", show_default="0.001 … 0.03")
    ] = None,
    width: Annotated[
        str | None, typer.Option(metavar="<n …>", help="Units in a hidden layer.", show_default="16 64")
    ] = None,
    depth: Annotated[str | None, typer.Option(metavar="<n …>", help="Numbers of hidden layers.")] = None,
    batch_size: Annotated[str | None, typer.Option(metavar="<n …>", help="Samples in a batch.")] = None,
    random: Annotated[int, typer.Option(min=0, help="Try so many points between these, in place of all of them.")] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Of each training.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of the trainings and the random points.", show_default=False)] = 0,
    out: Annotated[Path | None, typer.Option(metavar="<folder>", help="In place of runs/explore-<dataset>.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="<file>", help="A TOML file with all other settings.")] = None,
) -> Work:
    """Try many settings for a short time each, and say which went best. After Ctrl-C, the same command goes on."""
    given = {"lr": lr, "width": width, "depth": depth, "batch_size": batch_size}
    return call("explore_command", "explore_command", dataset, given, random, epochs, seed, out, config)


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; errors become a line on stderr. Returns the exit code."""
    words = [word for word in arguments if word != "--debug"]
    try:
        with warnings.catch_warnings():
            warnings.showwarning = show_warning
            work = app(expand(words), prog_name="chalkgrad", standalone_mode=False)
            if callable(work):
                work()
        return work if isinstance(work, int) else 0
    except KeyboardInterrupt:
        complain("interrupted")
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if len(words) < len(arguments):
            traceback.print_exc()
        complain(message(error))
        return 2 if isinstance(error, USAGE | ConfigError) else 1
    return 1


def message(error: Exception) -> str:
    """An error in a line."""
    if isinstance(error, USAGE):
        return str(getattr(error, "format_message", error.__str__)())
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"the disk is full, {error.filename or 'a file'} could not be written: make room, then go on with --resume"
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def complain(text: str) -> None:
    """A line on stderr, if there is anything to say."""
    if text:
        print(f"chalkgrad: {text}", file=sys.stderr)


def show_warning(message: Warning | str, *about: Any, **more: Any) -> None:
    """A warning as a line on stderr."""
    complain(f"note: {' '.join(str(message).split())}")
