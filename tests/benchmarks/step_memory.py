"""Peak memory of a training step written with nn: 784-1024-1024-10 at batch 4096, ours and PyTorch's, and its account.

    python -m tests.benchmarks.step_memory

Each library runs in a process of its own, on one thread; what is reported is the largest resident set above what stood
after the imports, the making of data, model and optimizer, and one step on 8 samples. `tests.benchmarks.memory` does
the same for a step that is written by hand.
"""

import subprocess
import sys
from itertools import pairwise

from tests.benchmarks.memory import BATCH, SIZES, STEPS, peak, resident

OPTIMIZERS = {"SGD": {"lr": 0.1}, "SGD, momentum": {"lr": 0.1, "momentum": 0.9}, "Adam": {}}
WAYS = [*((name, 1) for name in OPTIMIZERS), ("Adam", 2)]


def measure(library, optimizer, parts):
    """Run the steps in this process, each of `parts` batches whose gradients add up; print the peak in MB."""
    import numpy as np

    if library == "torch":
        import torch as m
        from torch import nn

        m.set_num_threads(1)
    else:
        import autograd as m
        import nn

    rng = np.random.default_rng(0)
    x = m.tensor(rng.standard_normal((BATCH, SIZES[0]), dtype=np.float32))
    target = m.tensor(rng.integers(0, SIZES[-1], BATCH))
    layers = [layer for a, b in pairwise(SIZES) for layer in (nn.Linear(a, b), nn.ReLU())]
    model, criterion = nn.Sequential(*layers[:-1]), nn.CrossEntropyLoss()
    kind = getattr(m.optim if library == "torch" else nn.optim, optimizer.partition(",")[0])
    steps = kind(model.parameters(), **OPTIMIZERS[optimizer])

    def step(batch, classes):
        steps.zero_grad()
        for _ in range(parts):
            (criterion(model(batch), classes) / parts).backward()
        steps.step()

    step(x[:8], target[:8])
    baseline = resident()
    for _ in range(STEPS):
        step(x, target)
    print(peak() - baseline)


def report():
    """For each way to train, its name and the peaks of both libraries, in MB."""
    for optimizer, parts in WAYS:
        command = [sys.executable, "-m", "tests.benchmarks.step_memory"]
        both = [float(subprocess.run([*command, name, optimizer, str(parts)], check=True, capture_output=True,
                                     text=True).stdout) for name in ("autograd", "torch")]  # fmt: skip
        yield optimizer + f", gradients of {parts} batches" * (parts > 1), *both


def account():
    """The same step, as `summary` accounts for it."""
    import autograd
    import nn

    model = nn.MLP(SIZES[0], list(SIZES[1:]), activation=nn.ReLU)
    x = autograd.zeros(BATCH, SIZES[0])
    return nn.summary(model, x, memory=True, optimizer=nn.optim.Adam(model.parameters()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        print("a step with nn | chalkgrad, MB | PyTorch, MB | ratio\n--- | ---: | ---: | ---:")
        for name, ours, theirs in report():
            print(f"{name} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.2f}", flush=True)
        print(f"\n{account()}")
