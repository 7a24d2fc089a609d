"""`make fuzz`: random programs in chalkgrad and in torch. Prints what differs, how often, and the shortest program."""

from __future__ import annotations

import os
import sys

from .run import fuzz, lines_of

if __name__ == "__main__":
    calls, seed = int(os.environ.get("CALLS", "100000")), int(os.environ.get("SEED", "0"))
    report = fuzz(calls, seed)
    print("\n".join(lines_of(report)))
    sys.exit(0)
