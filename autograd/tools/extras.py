"""Optional packages: imported where they are used, and named, with the command that installs them, where missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def require(module: str, extra: str, use: str) -> Any:
    """The optional module of that name, which belongs to an extra of pyproject.toml.

        Image = require("PIL.Image", "cli", "images are read with Pillow")

    Raises ImportError if its package is not installed: `use` says what it is needed for, the rest how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise
        raise ImportError(
            f"{use}, which is not installed: in the clone of chalkgrad, run pip install -e '.[{extra}]'"
        ) from None
