"""The commands. Typer reads what was typed and hands back the work to do; `run` does it, and tells how it went."""

from __future__ import annotations

import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ..runs.settings import ConfigError
from .arguments import expand, flags
from .bench_app import EXAMPLES, bench
from .command_group import Work, examples, group
from .complaints import USAGE, complain, message, show_warning
from .data_app import data_app
from .sweep_app import SWEEPS, sweep

app = group(name="chalkgrad")
app.add_typer(data_app, name="data")

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, such as runs/digits.")]


def print_version(asked: bool) -> None:
    """Print the version and exit, if asked."""
    if asked:
        import autograd

        print(f"chalkgrad {autograd.__version__}")
        raise typer.Exit


@app.callback(epilog=examples("train", "train iris --hidden 32 16 --epochs 100", "evaluate runs/digits"))
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="With any command: show where an error comes from.")] = False,
) -> None:
    """Neural networks on a small automatic differentiation engine: train them, look into them, check them."""


def with_flags(command: Callable[..., Work]) -> Callable[..., Work]:
    """The command, in which Typer sees a parameter for each setting in place of `**given`."""
    *own, given = inspect.signature(command, eval_str=True).parameters.values()
    parameters = [*flags(), *(each.replace(kind=given.KEYWORD_ONLY) for each in own)]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


@app.command(
    epilog=examples(
        "train",
        "train mnist --conv 16 32 --epochs 5",
        "train your-table.csv --target price --early-stop",
        "train your-table.csv --folds 5",
        "train your-photos --augment --dropout 0.3",
        "train --resume runs/digits",
        "train --config runs/digits/config.toml",
        "train mnist --distributed",
    )
)
@with_flags
def train(
    config: Annotated[
        Path | None,
        typer.Option(metavar="<file>", help="A TOML file with settings; flags override it.", rich_help_panel="Run"),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="<run>", help="Resume a run, bit for bit.", rich_help_panel="Run")
    ] = None,
    distributed: Annotated[
        bool,
        typer.Option("--distributed", help="Train in all processes that mpiexec has started.", rich_help_panel="Run"),
    ] = False,
    **given: Any,
) -> Work:
    """Train a model, and leave a folder with the model, its metrics and its pictures.

    With --folds, it is a model for each fold, measured on the rows that this fold holds out, and a table of them all.
    """
    from . import train_command

    return lambda: train_command.train(given, config, resume, distributed)


@app.command(epilog=examples("evaluate runs/digits", "evaluate runs/your-table --data your-other-table.csv"))
def evaluate(
    run: RunPath,
    data: Annotated[
        str, typer.Option(metavar="<part|path>", help="train, valid or test; or a CSV file, or a folder of images.")
    ] = "",
    importance: Annotated[
        bool, typer.Option("--importance", help="Also print what each column of a table is worth to the model.")
    ] = False,
) -> Work:
    """Measure how good the model of a run is: loss, accuracy, precision, recall, and which classes it mixes up.

    Of a cross-validation, print the table of its folds.
    """
    from . import evaluate_command

    return lambda: evaluate_command.evaluate(run, data, importance)


@app.command(
    epilog=examples(
        "predict runs/digits your-digit.png",
        "predict runs/iris your-flowers.csv --json",
        "predict runs/iris your-flowers.csv --out answers.csv",
    )
)
def predict(
    run: RunPath,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Images, or CSV files with a row for each case.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, with the probability of each class by its name.")
    ] = False,
    proba: Annotated[bool, typer.Option("--proba", help="Print the probability of each class in a column.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="<file>", help="Write a CSV file: the rows as they are, each with its prediction."),
    ] = None,
    broken: Annotated[
        str, typer.Option(metavar="<word>", help="Images that cannot be read: refuse, skip; if empty, as in training.")
    ] = "",
) -> Work:
    """Apply the model of a run to new images or rows: the predicted class and its probability, or the number."""
    from . import predict_command

    return lambda: predict_command.predict(run, files, as_json, proba, out, broken)


@app.command(epilog=examples("serve runs/digits", "serve runs/iris --port 8000 --no-browser"))
def serve(
    run: RunPath,
    host: Annotated[
        str, typer.Option(metavar="<address>", help="Where to listen; others can reach what is not 127.0.0.1.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port.", show_default="a free one")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> Work:
    """Try the model of a run on a local page: draw a digit, or fill in a row, and look into the network.

    The page shows the probability of each class, the activations of the hidden layers, what the network sees, and the
    gradient of the winning class with respect to the pixels. Its address holds a token that nobody can guess.
    """
    from . import serve_command

    return lambda: serve_command.serve(run, host, port, browser)


@app.command(epilog=examples("export runs/digits", "export runs/iris --onnx your-model.onnx"))
def export(
    run: RunPath,
    onnx: Annotated[
        Path | None,
        typer.Option(metavar="<file>", help="The ONNX file.", show_default="model.onnx, in the run's folder"),
    ] = None,
) -> Work:
    """Write the model of a run as an ONNX file, which other programs run without chalkgrad.

    The file takes batches of any size. It holds the names of the classes and the preprocessing, too. Needs the extra
    onnx; where onnxruntime is installed, its results are compared with the model's before the file is written.
    """
    from . import export_command

    return lambda: export_command.export(run, onnx)


@app.command(epilog=examples("report runs/digits --open", "report runs/iris --out your-report.html"))
def report(
    run: RunPath,
    out: Annotated[
        Path | None,
        typer.Option(metavar="<file>", help="An .html file.", show_default="report.html, in the run's folder"),
    ] = None,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> Work:
    """Write a page about the model of a run: a model card to keep, to print and to send.

    It says what the model is for and not for, what it was made from, how good it is and how sure that is, where it is
    wrong, how it was made, how to use it, and what was not checked. It is one file, which needs no network. What the
    owner of the model writes into about.txt, in the folder of the run, stands on it.
    """
    from . import report_command

    return lambda: report_command.report(run, out, browser)


@app.command(epilog=examples("check runs/digits", "check runs/iris --steps 10"))
def check(
    run: RunPath,
    steps: Annotated[int, typer.Option(min=1, help="Training steps to take side by side.", show_default=True)] = 3,
) -> Work:
    """Compare the model of a run with its twin in PyTorch, number by number, and its gradients with finite differences.

    Needs PyTorch: pip install torch
    """
    from . import check_command

    return lambda: check_command.check(run, steps)


@app.command(epilog=examples("draw 'a*b + c**2' a=2 b=-3 c=10", "draw 'sin(x)/x' x=0.5 --order 2", "draw runs/iris"))
def draw(
    what: Annotated[str, typer.Argument(metavar="FORMULA|RUN", help="A formula, or the folder of a run.")],
    values: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=NUMBER...", help="The values of its variables.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="<file>",
            help="An .svg, .png, .pdf, .html, .dot or .gv file.",
            show_default="graph.svg; for a run, in its folder",
        ),
    ] = None,
    rules: Annotated[bool, typer.Option(help="Write the derivative rule on each edge.")] = True,
    direction: Annotated[
        str,
        typer.Option(
            metavar="LR|TB",
            help="Left to right, or top to bottom; default: as fits.",
        ),
    ] = "",
    order: Annotated[int, typer.Option(min=1, help="Print the derivatives of a formula up to this order.")] = 1,
) -> Work:
    """Draw the graph of a formula, or of the network of a run, with every value and every gradient."""
    from . import draw_command

    return lambda: draw_command.draw(what, values or [], out, rules, direction, order)


@app.command(epilog=examples("debug 'a*b + c**2' a=2 b=-3 c=10", "debug 'x*x + x*x' x=3 --terminal"))
def debug(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="A formula.")],
    values: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=NUMBER...", help="The values of its variables.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="<file>", help="An .html file.", show_default="backprop.html")
    ] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Step here, at the keyboard, and write no page.")
    ] = False,
) -> Work:
    """Step through the backward pass of a formula: a page to click through, with every rule and every number."""
    from . import debug_command

    return lambda: debug_command.debug(formula, values or [], out, terminal)


@app.command(
    epilog=examples(
        "explore", "explore moons --lr 0.001 0.01 0.1 --width 4 16 64", "explore iris --lr 1e-4 1 --random 20"
    )
)
def explore(
    dataset: Annotated[str | None, typer.Argument(help="As for train.", show_default="digits")] = None,
    lr: Annotated[
        str | None, typer.Option(metavar="<x ...>", help="Learning rates.", show_default="0.001 ... 0.03")
    ] = None,
    width: Annotated[
        str | None, typer.Option(metavar="<n ...>", help="Units in each hidden layer.", show_default="16 64")
    ] = None,
    depth: Annotated[str | None, typer.Option(metavar="<n ...>", help="Numbers of hidden layers.")] = None,
    batch_size: Annotated[str | None, typer.Option(metavar="<n ...>", help="Samples per batch.")] = None,
    random: Annotated[
        int, typer.Option(min=0, help="Try this many random combinations in these ranges, instead of all.")
    ] = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of each run.")] = 5,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the runs and of the random combinations.", show_default=False)
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="<folder>", help="The folder of the search, if not runs/explore-<dataset>."),
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="<file>", help="A TOML file with all other settings.")] = None,
) -> Work:
    """Try many settings in short runs, and say which did best. After Ctrl-C, the same command continues."""
    from . import explore_command

    given = {"lr": lr, "width": width, "depth": depth, "batch_size": batch_size}
    return lambda: explore_command.explore(dataset, given, random, epochs, seed, out, config)


app.command(epilog=SWEEPS)(sweep)


@app.command(
    "run",
    epilog=examples("run your-script.py", "run --cpu your-notebook.ipynb", "run --list your-script.py"),
    context_settings={"allow_interspersed_args": False},
)
def run_script(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A Python file, or a notebook (.ipynb).")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS...", help="The arguments of the program, as they are.")
    ] = None,
    cpu: Annotated[bool, typer.Option("--cpu", help='Let "cuda" mean the CPU.')] = False,
    list_names: Annotated[
        bool, typer.Option("--list", help="Run nothing: say which names of PyTorch it uses, and which are missing.")
    ] = False,
    as_module: Annotated[bool, typer.Option("-m", help="SCRIPT is the name of a module, as in python -m.")] = False,
) -> Work:
    """Run a program written for PyTorch, unchanged: `import torch` and `import torchvision` are served by chalkgrad.

    What had no effect is said on stderr at the end.
    """
    from . import run_command

    program = run_command.Program(script, arguments or [], cpu, list_names, as_module)
    return lambda: sys.exit(run_command.run(program))


@app.command(
    "doctor",
    epilog=examples(
        "doctor your-script.py",
        "doctor --steps 500 your-script.py",
        "doctor --html report.html your-notebook.ipynb",
        "doctor --list",
        "doctor --list no_zero_grad",
    ),
    context_settings={"allow_interspersed_args": False},
)
def doctor_script(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A Python file, or a notebook (.ipynb).")] = "",
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS...", help="The arguments of the program, as they are.")
    ] = None,
    steps: Annotated[
        int, typer.Option(min=1, help="How many steps of each training to watch.", show_default=True)
    ] = 5000,
    minutes: Annotated[float, typer.Option(min=1e-3, help="For how long to watch.", show_default=True)] = 10.0,
    json: Annotated[
        str, typer.Option(metavar="<file>", help='Write the report as JSON; "-" prints it, in place of the text.')
    ] = "",
    html: Annotated[str, typer.Option(metavar="<file>", help="Write the report, with curves, as a page.")] = "",
    cpu: Annotated[bool, typer.Option("--cpu", help='Let "cuda" mean the CPU.')] = False,
    list_codes: Annotated[
        bool,
        typer.Option(
            "--list", help="Run nothing: print every mistake that can be found, or, given its code, its page."
        ),
    ] = False,
    as_module: Annotated[bool, typer.Option("-m", help="SCRIPT is the name of a module, as in python -m.")] = False,
) -> Work:
    """Run a program written for PyTorch, unchanged, and say what is wrong with its trainings.

    As `run`; every training is watched from the moment its optimizer is made. After `--steps` of its steps, or
    `--minutes`, it goes on unwatched. The program's results and its standard output stay as they are, bit for bit; the
    report is printed on stderr at the end, also after an error or Ctrl-C. The exit code is 1 if anything was found, and
    the program's own otherwise.
    """
    from . import doctor_command

    if list_codes:
        return lambda: doctor_command.list_codes(script)
    if not script:
        raise typer.BadParameter("missing argument SCRIPT")
    program = doctor_command.Program(script, arguments or [], cpu, False, as_module)
    asked = doctor_command.Visit(program, steps, minutes, json, html)
    return lambda: sys.exit(doctor_command.visit(asked))


app.command(epilog=EXAMPLES)(bench)


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
