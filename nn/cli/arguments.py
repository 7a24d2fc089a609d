"""What follows `chalkgrad train` on the command line: a flag for each setting, some of which take several numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from ..runs.settings import BACK_ENDS, RECIPES, Settings, data_set_names

MANY = {
    "train": ("--hidden", "--conv"),
    "explore": ("--lr", "--width", "--depth", "--batch-size"),
    "bench": ("--threads",),
}
LISTS = {
    "train": [f"--{field.name.replace('_', '-')}" for field in fields(Settings) if field.type == "list[str]"],
    "bench": ["--engines", "--python"],
}
PATIENCE = 5  # epochs, of --early-stop without a number
EXACT = "numpy"  # of --compile without a word
KINDS: dict[Any, Any] = {"int": int, "float": float, "bool": bool, "str": str}


def expand(arguments: Sequence[str]) -> list[str]:
    """Arguments as typer reads them.

    `--hidden 128 64` becomes `--hidden 128,64`, `--early-stop` `--early-stop 5`, `--compile` `--compile numpy`, and
    `--ignore a b` `--ignore a --ignore b`, as does `--search a=1 b=2`; a data set or a file that comes after it ends
    such a list.
    """
    command = arguments[0] if arguments else ""
    expanded: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        minus = command == "draw" and word.startswith("-") and not word.startswith("--") and word != "-h"
        expanded.append(" " * minus + word)  # a formula such as -x**2 is not a flag
        if word in MANY.get(command, ()):
            numbers = []
            while waiting and _numbers(waiting[0]):
                numbers.append(waiting.pop(0).strip(","))
            expanded += [",".join(numbers)] * bool(numbers)
        elif word in LISTS.get(command, ()):
            expanded += [waiting.pop(0)] if waiting else []
            while waiting and not waiting[0].startswith("-") and not (command == "train" and _is_data(waiting[0])):
                expanded += [word, waiting.pop(0)]
        elif command == "sweep" and word == "--search":
            expanded += [waiting.pop(0)] if waiting else []
            while waiting and "=" in waiting[0] and not waiting[0].startswith("-"):
                expanded += [word, waiting.pop(0)]
        elif command == "train" and word == "--early-stop" and not (waiting and _numbers(waiting[0])):
            expanded.append(str(PATIENCE))
        elif command == "train" and word == "--compile" and not (waiting and waiting[0] in BACK_ENDS):
            expanded.append(EXACT)
    return expanded


def _numbers(word: str) -> bool:
    """Whether it is a number, or several separated by commas."""
    try:
        return bool([float(part) for part in word.strip(",").split(",")])
    except ValueError:
        return False


def _is_data(word: str) -> bool:
    """Whether it is what `train` can read: the name of a data set, or a file or folder that is there."""
    return word in data_set_names() or Path(word).expanduser().exists()


def flags() -> list[inspect.Parameter]:
    """The parameters of `train`, one for each setting, None if not given."""
    return [_flag(field) for field in fields(Settings)]


def _flag(field: Field[Any]) -> inspect.Parameter:
    about, name, kind = field.metadata, field.name.replace("_", "-"), KINDS.get(field.type, list[str])
    words = [word for word in about.get("choices") or about.get("each_of", ()) if word]
    info: dict[str, Any] = {"help": f"{about['help']}: [dim]{', '.join(words)}[/]" if words else about["help"]}
    if kind == list[str]:
        info["metavar"] = "<n ...>" if field.type == "list[int]" else "<column>"
    if field.name == "dataset":
        kind_of_flag = typer.Argument(
            metavar="DATASET", autocompletion=_offer(data_set_names()), show_default="digits", **info
        )
    else:
        names = f"--{name}/--no-{name}" if kind is bool else f"--{name}"
        if words:
            info |= {"autocompletion": _offer(words), "metavar": "<word>"}
        if beside := list(about.get("words", ())):
            info |= {
                "autocompletion": _offer(beside),
                "metavar": f"<n|{'|'.join(beside)}>",
                "parser": _number_or(kind, beside),
            }
        kind_of_flag = typer.Option(names, rich_help_panel=about["panel"], show_default=_default(field), **info)
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, kind_of_flag]
    )


def _number_or(kind: Any, words: Sequence[str]) -> Callable[[str], Any]:
    expected = "a whole number" if kind is int else "a number"

    def read(text: str) -> Any:
        try:
            return text if text in words else kind(text)
        except ValueError:
            raise typer.BadParameter(f"expected {expected} or {' or '.join(words)}, given {text!r}") from None

    return read


def _default(field: Field[Any]) -> Any:
    """The default as the help shows it; nothing for what is off by default."""
    if any(field.name in recipe for recipe in RECIPES.values()):
        return "by data set"
    default = field.default if field.default is not MISSING else ""
    return False if default in ("", "none", False) else f"{default:g}" if isinstance(default, float) else str(default)


def _offer(words: Sequence[str]) -> Callable[[str], list[str]]:
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]
