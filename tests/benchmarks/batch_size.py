"""`find_batch_size` beside the true maximum, under budgets that RLIMIT_AS sets.

    python -m tests.benchmarks.batch_size

Every attempt is a process of its own, which makes its model, limits its address space to what it has mapped and the
budget, and may die of a MemoryError. The true maximum is the largest batch with which a process trains for eight steps;
it is bracketed to 2 % by such attempts. The search runs in one process under the same limit, which then trains for
eight steps with what it found.
"""

import os
import subprocess
import sys
from time import perf_counter

MEGABYTE = 1 << 20
BUDGETS = {"mlp": (64, 128, 256, 384), "cnn": (64, 128, 256)}  # megabytes
STEPS = 8


def parts(name):
    """A model, one sample with its target, an optimizer and a loss."""
    import autograd
    import nn
    from nn import optim

    autograd.manual_seed(0)
    if name == "mlp":
        net, shape = nn.MLP(784, [256, 256, 10]), (784,)
    else:
        net = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 49, 10),
        )  # fmt: skip
        shape = (1, 28, 28)
    sample = autograd.randn(4, *shape), autograd.arange(4)
    return net, sample, optim.Adam(net.parameters()), nn.CrossEntropyLoss()


def limit(megabytes, *parts):
    """Leave this process so much address space beyond what it has mapped, with every library warm."""
    import resource

    from nn.train import find_batch_size
    from nn.train.free_memory import mapped

    net, sample, optimizer, loss = parts
    find_batch_size(net, sample, optimizer, loss, largest=1 + len(sample) // 2)
    resource.setrlimit(resource.RLIMIT_AS, (mapped() + megabytes * MEGABYTE,) * 2)


def train(net, sample, optimizer, loss, size):
    """Eight steps with so many samples, made by the Trainer."""
    from nn.train import Trainer
    from nn.train.trial_steps import repeated

    batches = (repeated(sample, size) for _ in range(STEPS))
    Trainer(progress=False).fit(net, batches, None, 1, optimizer, loss)


def attempt(name, megabytes, size):
    """In a process of its own: train with batches of that size; the process dies if they do not fit."""
    net, sample, optimizer, loss = parts(name)
    limit(megabytes, net, sample, optimizer, loss)
    train(net, sample, optimizer, loss, size)


def find(name, megabytes):
    """In a process of its own: find the batch size, then train with it; prints size, bytes and seconds."""
    from nn.train import find_batch_size

    net, sample, optimizer, loss = parts(name)
    limit(megabytes, net, sample, optimizer, loss)
    began = perf_counter()
    found = find_batch_size(net, sample, optimizer, loss)
    seconds = perf_counter() - began
    train(net, sample, optimizer, loss, found.batch_size)
    print(found.batch_size, f"{seconds:.2f}", found)


def run(*arguments, **environment):
    """Run this module with arguments in a process: what it printed, None if it died of a MemoryError."""
    command = [sys.executable, "-m", "tests.benchmarks.batch_size", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
    if done.returncode and "MemoryError" not in done.stderr:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stderr}")
    return None if done.returncode else done.stdout


def true_maximum(name, megabytes, near, closeness=0.02):
    """The largest batch that trains, by bisection around a guess."""
    fits, fails = 0, None
    size = near
    while fails is None or fails - fits > max(1, closeness * fails):
        if run("attempt", name, megabytes, size) is None:
            fails = size
        else:
            fits = size
        size = (fits + fails) // 2 if fails and fits else size * 21 // 20 + 1 if fits else size * 19 // 20
    return fits


def report(budgets=BUDGETS):
    """For every net and budget: what was found, the true maximum, and the seconds of the search."""
    for name, sizes in budgets.items():
        for megabytes in sizes:
            printed = run("find", name, megabytes)
            if printed is None:
                raise SystemExit(f"{name}, {megabytes} MB: the process died")
            size, seconds, line = printed.split(maxsplit=2)
            yield name, megabytes, int(size), true_maximum(name, megabytes, int(size)), float(seconds), line.strip()


def table():
    """The report as a table in Markdown."""
    rows = ["| net | budget | found | true maximum | found / true | search | as printed |",
            "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]  # fmt: skip
    for name, megabytes, found, true, seconds, line in report():
        figures = f"{megabytes} MB", f"{found:,}", f"{true:,}", f"{found / true:.2f}", f"{seconds:.1f} s"
        rows.append(f"| {' | '.join((name, *figures, line))} |")
        print(rows[-1], file=sys.stderr)
    return "\n".join(rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        {"attempt": attempt, "find": find}[sys.argv[1]](sys.argv[2], *map(int, sys.argv[3:]))
    else:
        print(table())
