"""`chalkgrad report`: a page about the model of a run."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from ..train import load_run
from . import show


def report(path: Path, out: Path | None = None, browser: bool = False) -> None:
    """Write the report of a run, print where it is, and open it if asked to.

    Raises ConfigError if `path` is not the folder of a run, and what `TrainedRun.report` does.
    """
    file = load_run(path).report(out)
    show.console().print(str(file), markup=False, soft_wrap=True)
    if browser:
        webbrowser.open(file.resolve().as_uri())
