"""How long `import autograd, nn` takes once numpy is there.

    python -m tests.benchmarks.imports
"""

import subprocess
import sys
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
    runs = []
    for _ in range(repeats + 1):
        done = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
        runs.append([float(t) for t in done.stdout.split()])
    return tuple(median(times) for times in zip(*runs[1:]))  # the first run writes the bytecode


if __name__ == "__main__":
    numpy, ours = report()
    print(f"import numpy {numpy * 1e3:.0f} ms, import autograd, nn {ours * 1e3:.0f} ms more")
