"""How long `import autograd, nn` takes once numpy is there.

    python -m tests.benchmarks.imports
"""

import os
import subprocess
import sys
import tempfile
from statistics import median

CODE = """
from time import perf_counter
a = perf_counter()
import numpy
b = perf_counter()
import autograd, nn
c = perf_counter()
print(b - a, c - b)
"""


def report(repeats=15):
    """Medians over fresh interpreters, in seconds: `import numpy`, and `import autograd, nn` after it."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
        command = [sys.executable, "-c", CODE]
        runs = []
        for _ in range(repeats + 1):
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            runs.append([float(t) for t in done.stdout.split()])
    return tuple(median(times) for times in zip(*runs[1:]))  # the first run writes the bytecode


if __name__ == "__main__":
    numpy, ours = report()
    print(f"import numpy {numpy * 1e3:.0f} ms, import autograd, nn {ours * 1e3:.0f} ms more")
