"""docs/cli.md, made of what the commands say of themselves: `python -m nn.cli.help_page > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from rich.text import Text

from .app import app
from .settings import RECIPES, Settings

START = """# The command line

`pip install 'chalkgrad[train]'` brings the command `chalkgrad`. This page is what the commands say of themselves with
`--help`, made by `python -m nn.cli.help_page > docs/cli.md`.

```
chalkgrad train                            # learn to read digits; everything about it is in runs/digits
chalkgrad evaluate runs/digits             # what it is worth, class by class
chalkgrad predict runs/digits seven.png    # what it says of a picture of yours
```

The exit code is 0 if all is well, 1 if the work failed, 2 if the command or a setting is wrong. An error is one line on
stderr; with `--debug` it says where it comes from. `chalkgrad --install-completion` lets the shell complete commands,
flags and names.
"""
RUNS = """## The folder of a run

| file | what is in it |
| --- | --- |
| `config.toml` | every setting; `chalkgrad train --config` of it repeats the run, bit for bit on the same machine |
| `environment.json` | the versions, the threads, the machine, and the command |
| `history.csv`, `history.jsonl` | the figures of every epoch |
| `checkpoints/` | what `--resume` goes on from, bit for bit; `best.safetensors` are the best weights |
| `model.safetensors` | the weights at the end; with `--early-stop` those of the best epoch |
| `results.json` | the final figures, and what they were measured on |
| `encoding.json` or `images.json` | how a row or an image becomes the input of the model |
| `*.png`, `*.svg` | the pictures |

Nothing in it is overwritten by another run: without `--out` the next one is `runs/digits-2`. Ctrl-C saves and ends;
`chalkgrad train --resume runs/digits` goes on. A schedule that ends with the training (linear, cosine, step, onecycle)
is laid over the new number of epochs if `--epochs` is given beside it.
"""
SETTINGS = """## Where a setting comes from

A flag goes before the TOML file of `--config`, that before the recipe of the data set, and that before the default. In
the file, settings have the names of the flags: `hidden = [128, 64]`, `batch_size = 32`. What the recipes set:
"""


def page() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(app)
    commands = [section for path, command in _commands(root, "chalkgrad") for section in _describe(path, command)]
    return "\n".join([START, *commands, SETTINGS, _recipes(), RUNS])


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if getattr(command, "commands", None):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _describe(path: str, command: Any) -> Iterator[str]:
    yield f"## {path}\n\n{_plain(command.help)}\n"
    yield "```\n" + "\n".join(line.strip() for line in _plain(command.epilog).splitlines()[2:]) + "\n```\n"
    rows = [_row(parameter) for parameter in command.params if parameter.name != "help"]
    if rows:
        yield "\n".join(["| argument | meaning | default |", "| --- | --- | --- |", *rows]) + "\n"


def _row(parameter: Any) -> str:
    """A line of the table of arguments and flags."""
    names = [name for name in [*parameter.opts, *parameter.secondary_opts] if name.startswith("-")]
    form = ", ".join(f"`{name}`" for name in names) or f"`{parameter.metavar or parameter.name.upper()}`"
    default = parameter.show_default
    if default is True:
        default = "" if parameter.default in (None, "", False) or parameter.required else str(parameter.default)
    meaning = _plain(parameter.help or "").replace("|", "\\|")
    return f"| {form} | {meaning} | {default or ''} |"


def _recipes() -> str:
    """A table of the data sets and what differs from the defaults."""
    lines = ["| data set | settings |", "| --- | --- |"]
    for name, recipe in {"default": _defaults(), **RECIPES}.items():
        shown = {"table": "a CSV file", "folder": "a folder of images"}.get(name, name)
        values = [f"{key} {_words(value)}" for key, value in recipe.items()]
        lines.append(f"| {shown} | {', '.join(values)} |")
    return "\n".join(lines) + "\n"


def _defaults() -> dict[str, Any]:
    varied = {name for recipe in RECIPES.values() for name in recipe}
    return {name: value for name, value in vars(Settings()).items() if name in varied}


def _words(value: Any) -> str:
    return (" ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


def _plain(text: str) -> str:
    return Text.from_markup(text).plain.strip()


if __name__ == "__main__":
    print(page(), end="")
