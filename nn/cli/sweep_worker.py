"""`python -m nn.cli.sweep_worker FILE TRIALS`: one of the processes of a sweep, which takes trials until all are done.

`chalkgrad sweep --jobs` starts several.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .complaints import complain, message
from .sweep import Plan, Sweep
from .sweep_processes import work


def main() -> int:
    """Work on the sweep of which a process is told. Returns the exit code."""
    file, total = Path(sys.argv[1]), int(sys.argv[2])
    try:
        with Sweep(file, Plan.of(file)) as sweep:
            work(sweep, total)
        return 0
    except KeyboardInterrupt:
        return 1
    except Exception as error:
        complain(message(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
