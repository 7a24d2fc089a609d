"""docs/cli.md: its first half is written by hand, the rest is what the commands say of themselves with --help.

`python -m tests.cli_page` brings the rest up to date.
"""

from pathlib import Path

import typer
from rich.text import Text

from nn.cli.app import app
from nn.runs.settings import BY_ROWS, RECIPES, Settings

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
MARK = "<!-- what follows is written by `python -m tests.cli_page` -->\n"
BAR = "\\|"  # inside a table


def page():
    """The whole page, as it should be."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    sections = [section(path, command) for path, command in commands()]
    return by_hand + "\n".join([MARK, *sections, recipes()])


def commands(group=None, path="chalkgrad"):
    """Every command of the command line, with its name."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if getattr(command, "commands", None):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def section(path, command):
    examples = [line.strip() for line in plain(command.epilog).splitlines()[2:]]
    lines = [f"## {path}", "", plain(command.help), "", "```", *examples, "```", ""]
    if rows := [row(parameter) for parameter in command.params if parameter.name != "help"]:
        lines += ["| argument | meaning | default |", "| --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


def row(parameter):
    """A line of the table of arguments and flags."""
    names = [name for name in [*parameter.opts, *parameter.secondary_opts] if name.startswith("-")]
    form = ", ".join(f"`{name}`" for name in names or [parameter.metavar or parameter.name.upper()])
    default = parameter.show_default
    if default is True:
        off = parameter.default in (None, "", False) or parameter.required
        default = "" if off else "on" if parameter.default is True else str(parameter.default)
    cells = [form, plain(parameter.help or ""), default or ""]
    return f"| {' | '.join(cell.replace('|', BAR).replace('<', '&lt;') for cell in cells)} |"



def recipes():
    """The settings of each data set that differ from the defaults."""
    varied = {name for recipe in RECIPES.values() for name in recipe}
    defaults = {name: value for name, value in vars(Settings()).items() if name in varied}
    lines = ["## The recipes", "", "| data set | settings |", "| --- | --- |"]
    for name, recipe in {"default": defaults, **RECIPES}.items():
        shown = {"table": "a CSV file", "folder": "a folder of images"}.get(name, name)
        lines.append(f"| {shown} | {', '.join(f'{key} {words(key, value)}' for key, value in recipe.items())} |")
    return "\n".join(lines) + "\n"


def words(key, value):
    if value == BY_ROWS.get(key):
        return "auto"
    return (" ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


def plain(text):
    return Text.from_markup(text).plain.strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
