"""`chalkgrad serve`: a local page on which to try the model of a run."""

from __future__ import annotations

from pathlib import Path

import nn
from autograd.tools.extras import require

from ..runs.settings import ConfigError
from ..train import load_run
from . import show


def serve(path: Path, host: str = "127.0.0.1", port: int = 0, browser: bool = True) -> None:
    """Serve the page of a run until Ctrl-C; print its address, and open it in a browser.

    Raises ConfigError if `path` is not the folder of a run, and for a host or port that cannot be used; FileError for a
    model that is missing or damaged; ValueError for weights that are not finite; ImportError without Starlette and
    uvicorn.
    """
    for package in ("starlette", "uvicorn"):
        require(package, "web", f"the page is served with {package}")
    from ..web.server import LOOPBACK, LocalPage, open_browser

    run = load_run(path)
    run.check_weights()
    if not isinstance(run.model, nn.Sequential):
        raise ConfigError(f"{path}: the page shows the layers of an nn.Sequential, not of a {type(run.model).__name__}")
    page = LocalPage(run, host, port)
    console = show.console()
    if host not in LOOPBACK:
        console.print("everybody who can reach this machine and knows the address can use the page")
    console.print(page.address, soft_wrap=True)
    console.print("Ctrl-C ends it", style="dim")
    if browser:
        open_browser(page.address)
    page.run()
