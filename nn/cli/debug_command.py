"""`chalkgrad debug`: the backward pass of a formula as a page to step through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import autograd

from ..runs.settings import ConfigError
from .draw_command import differentiated


def debug(formula: str, values: Sequence[str] = (), out: Path | None = None, terminal: bool = False) -> None:
    """Step through the backward pass of a formula, whose variables have `values` such as "x=2".

    Prints the result and its derivatives, and writes the page to `out`, by default backprop.html; with `terminal` it
    reads commands instead, and writes no page.

    Raises ConfigError for an option or a value that cannot be used; FormulaError for a formula with a mistake;
    ValueError for one that is too large for a page; RuntimeError without Graphviz.
    """
    if out is not None and terminal:
        raise ConfigError("--out and --terminal: choose one, the page or the terminal")
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"--out: expected a name ending in .html, given {out.name!r}")
    root, lines = differentiated(formula, values)
    debugger = autograd.debug(root)
    print(*lines, sep="\n")
    if terminal:
        debugger.run()
        return
    out = out or Path("backprop.html")
    out.parent.mkdir(parents=True, exist_ok=True)
    debugger.save(out, title=" ".join(formula.split()))
    print(out)
