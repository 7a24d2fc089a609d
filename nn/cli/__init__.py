"""The command line: `chalkgrad train`, `evaluate`, `predict`, `check`, `data`, `draw`, `explore`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command in `arguments`, by default those of the process, and exit with its code.

    The code is 0 if all is well, 1 if the work failed, 2 if the command cannot be understood.
    """
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError as error:
        print(f"chalkgrad: {error.name} is not installed: pip install 'chalkgrad[train]'", file=sys.stderr)
        raise SystemExit(1) from None
    from .app import run

    raise SystemExit(run(sys.argv[1:] if arguments is None else list(arguments)))
