"""Peak memory of a training step of a 784-1024-1024-10 network at batch 4096, ours and torch's.

    python -m tests.benchmarks.memory

Each library runs in a process of its own; what is reported is the largest resident set above what stood after the
imports and the making of the data and weights.
"""

import resource
import subprocess
import sys
from itertools import pairwise

SIZES = (784, 1024, 1024, 10)
BATCH = 4096
STEPS = 3


def peak():
    """The largest resident set of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident():
    """The resident set now, in MB; its peak where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return peak()


def measure(library):
    """Run the steps in this process; print the peak above the baseline in MB."""
    import numpy as np

    if library == "torch":
        import torch as m
        from torch.nn.functional import cross_entropy, linear

        m.set_num_threads(1)
    else:
        import autograd as m
        from nn.functional import cross_entropy, linear

    rng = np.random.default_rng(0)
    x = m.tensor(rng.standard_normal((BATCH, SIZES[0]), dtype=np.float32))
    target = m.tensor(rng.integers(0, SIZES[-1], BATCH))
    weights = [m.tensor(rng.standard_normal((b, a), dtype=np.float32) / a**0.5, requires_grad=True)
               for a, b in pairwise(SIZES)]  # fmt: skip
    biases = [m.zeros(b, requires_grad=True) for b in SIZES[1:]]

    def step(batch, classes):
        h = batch
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            h = linear(h, w, b)
            if i < len(weights) - 1:
                h = m.relu(h)
        loss = cross_entropy(h, classes)
        for p in weights + biases:
            p.grad = None
        loss.backward()
        with m.no_grad():
            for p in weights + biases:
                p -= 0.01 * p.grad

    step(x[:8], target[:8])  # what the libraries set up once is not the step's
    baseline = resident()
    for _ in range(STEPS):
        step(x, target)
    print(peak() - baseline)


def report():
    """The peaks of both libraries, in MB."""
    command = [sys.executable, "-m", "tests.benchmarks.memory"]
    return {name: float(subprocess.run([*command, name], check=True, capture_output=True, text=True).stdout)
            for name in ("autograd", "torch")}  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        for name, megabytes in report().items():
            print(f"{name:10} {megabytes:8.1f} MB above the baseline")
