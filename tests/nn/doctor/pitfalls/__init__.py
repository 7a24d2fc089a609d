"""The mistakes that do not crash, one script for each way of making one: what a learner really writes.

The first part of a file's name, up to two underscores, is the code of the doctor's finding. A file as it stands is the
program with the mistake. In it

    a line that ends in `# mistake`    is wrong,
    `# fix: ...`                       is what stands there in the mended program; it may also just be missing,
    `# or: ...`                        is another form of the line above it, as good or as bad.

The line numbers of all programs that a file tells are the same.
"""

import re
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path

FILES = sorted(path for path in Path(__file__).parent.glob("*.py") if path.name != "__init__.py")
MISTAKE, OR, FIX = re.compile(r".*  # mistake$"), re.compile(r"( *)# or: (.*)$"), re.compile(r"( *)# fix: (.*)$")


def code(path):
    """Which finding the mistake of a file is to give."""
    return path.stem.partition("__")[0]


def forms(path):
    """The source of a file, and again for every `# or:`, with that line in place of the one above it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    yield "\n".join(lines)
    for i, line in enumerate(lines):
        if found := OR.match(line):
            above = max(j for j in range(i) if not OR.match(lines[j]))
            mark = "  # mistake" if MISTAKE.match(lines[above]) else ""
            other = "".join(found.groups()) + mark
            yield "\n".join([*lines[:above], other, *lines[above + 1 :]])


def mended(source):
    """The source without its mistakes, line for line."""
    lines = ["" if MISTAKE.match(line) else line for line in source.splitlines()]
    return "\n".join("".join(found.groups()) if (found := FIX.match(line)) else line for line in lines)


def programs():
    """(name, path, source) of every program with a mistake, and of every different one without it."""
    wrong, right = [], []
    for path in FILES:
        seen = []
        for i, source in enumerate(forms(path)):
            name = f"{path.stem}, form {i + 1}" if i else path.stem
            wrong.append((name, path, source))
            stripped = re.sub(r" *# or: .*", "", mended(source))
            if stripped not in seen:
                seen.append(stripped)
                right.append((name, path, mended(source)))
    return wrong, right


def run(path, source):
    """The names of a program after it ran. Training without a graph may end in an error, as it does for a learner."""
    names = {"__name__": "__main__"}
    with suppress(RuntimeError if path.stem == "no_grad" else ()):
        copy_context().run(exec, compile(source, path, "exec"), names)
    return names
