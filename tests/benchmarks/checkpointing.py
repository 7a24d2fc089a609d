"""Memory against time: a deep network plain, in checkpointed segments, and nested; and the same by PyTorch.

    python -m tests.benchmarks.checkpointing    # about a minute, on Linux

400 layers of 256 at batch 256. `peak` is what is allocated in a training step, by tracemalloc, at its highest, without
the gradients of the parameters, which are kept in any case. `resident` is the growth of the resident set in a process
of its own, the only figure that PyTorch has too; there the parameters are frozen and the gradient is that of the input,
so that it, too, is of activations. Time is processor time of the training step on one thread; the forms take turns.
"""

import ctypes
import os
import subprocess
import sys
import tracemalloc
from math import prod
from pathlib import Path
from statistics import median
from time import process_time

LAYERS, WIDTH, BATCH, ROUNDS = 400, 256, 256, 5
FORMS = ("plain", "segments", "nested")


def network(m, nn):
    """Linear and ReLU in turns, with small activations that neither vanish nor grow."""
    m.manual_seed(0)
    model = nn.Sequential(*[each for _ in range(LAYERS) for each in (nn.Linear(WIDTH, WIDTH), nn.ReLU())])
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight)
    return model


def stepper(library, form):
    """A step of one form, of `library`, on rows; and the parameters."""
    if library == "torch":
        import torch as m
        from torch import nn
        from torch.utils.checkpoint import checkpoint_sequential

        m.set_num_threads(1)
        model = network(m, nn)
        run = model if form == "plain" else lambda x: checkpoint_sequential(model, 20, x, use_reentrant=False)
    else:
        import autograd as m
        import nn

        model = network(m, nn)
        run = model if form == "plain" else nn.CheckpointSequential(model, nested=form == "nested")

    def step(rows):
        model.zero_grad()
        run(rows).square().mean().backward()

    x = m.randn(BATCH, WIDTH)
    step(x[:1])
    return step, x, list(model.parameters())


def resident(library, form):
    """Print by how many MB the resident set grows in a step, in a process of its own."""
    step, x, parameters = stepper(library, form)
    for parameter in parameters:
        parameter.grad = None
        parameter.requires_grad_(False)
    x.requires_grad_()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the largest so far is forgotten
    before = status("VmRSS")
    step(x)
    print(status("VmHWM") - before)


def status(key):
    """A figure that Linux knows of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) / 1024


def child(library, form):
    command = [sys.executable, "-m", "tests.benchmarks.checkpointing", library, form]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=single()).stdout)


def single():
    return os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Peak:
    """The most that is allocated at a time, without the gradients that leaves have been given by then."""

    def __init__(self):
        self.before, self.gradients, self.highest = tracemalloc.get_traced_memory()[0], 0, 0
        tracemalloc.reset_peak()

    def pulled(self, node, g, gradients):
        held = tracemalloc.get_traced_memory()[1] - self.before - self.gradients
        self.highest = max(self.highest, held)
        self.gradients += sum(prod(leaf.shape) * leaf.dtype.itemsize for leaf in node.edges if not leaf.edges)
        tracemalloc.reset_peak()


def peak(step, x, parameters):
    """The activations of a step at their highest, in MB."""
    from autograd.hooks import observe

    tracemalloc.start()
    step(x)  # so that what stays after a step is there already
    for parameter in parameters:
        parameter.grad = None
    found = Peak()
    end = observe(found)
    step(x)
    end()
    tracemalloc.stop()
    return found.highest / 2**20


def seconds(runs):
    """The median processor time of each of `runs`, in turns."""
    found = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = process_time()
            run()
            found[name].append(process_time() - start)
    return {name: median(times) for name, times in found.items()}


def main():
    import numpy as np

    ours = {form: stepper("chalkgrad", form) for form in FORMS}
    theirs = {form: stepper("torch", form) for form in FORMS[:2]}
    gradients = {}
    for form, (step, x, parameters) in ours.items():
        step(x)
        gradients[form] = [p.grad.numpy().copy() for p in parameters]
    equal = {form: all(map(np.array_equal, gradients["plain"], gradients[form])) for form in FORMS}
    peaks = {form: peak(*made) for form, made in ours.items()}
    sets = {(library, form): child(library, form)
            for library, forms in (("chalkgrad", ours), ("torch", theirs)) for form in forms}  # fmt: skip
    times = {"chalkgrad": seconds({form: (lambda s=s, x=x: s(x)) for form, (s, x, _) in ours.items()}),
             "torch": seconds({form: (lambda s=s, x=x: s(x)) for form, (s, x, _) in theirs.items()})}  # fmt: skip
    print("| form | peak, MB | of plain | resident, MB | of plain | time, s | of plain | gradients |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for (library, form), size in sets.items():
        share, own = f"1/{sets[library, 'plain'] / size:.1f}", library == "chalkgrad"
        counted = f"{peaks[form]:.1f} | 1/{peaks['plain'] / peaks[form]:.1f}" if own else " | "
        spent = times[library][form]
        bits = ("bit-equal" if equal[form] else "DIFFERENT") if own else ""
        print(f"| {library}, {form} | {counted} | {size:.0f} | {share} | {spent:.2f} | "
              f"{spent / times[library]['plain']:.2f} | {bits} |")  # fmt: skip
    print("| the courses' promise | | 1/10 | | | | 1.30 | |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        resident(*sys.argv[1:])
    elif os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit(subprocess.call([sys.executable, "-m", "tests.benchmarks.checkpointing"], env=single()))
    else:
        main()
