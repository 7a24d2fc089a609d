"""`make fuzz`: random programs in chalkgrad and in torch. CALLS=1000000 runs longer, SEED=1 runs other programs."""

import os
import sys

from .report import new_kinds, text
from .run import fuzz

if __name__ == "__main__":
    report = fuzz(int(os.environ.get("CALLS", "100000")), int(os.environ.get("SEED", "0")))
    print(text(report))
    sys.exit(bool(new_kinds(report)))
