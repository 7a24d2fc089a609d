"""How the time of a chain of ops grows with its length: forward, backward, deletion, and all three together.

    python -m tests.benchmarks.structure
"""

import gc
from itertools import pairwise
from time import perf_counter

import autograd

LENGTHS = (10_000, 100_000, 1_000_000)


def seconds(length):
    """The time of each phase of a chain of `length` additions to a scalar."""
    x = autograd.tensor(0.0, dtype=autograd.float64, requires_grad=True)
    marks = [perf_counter()]
    y = x
    for _ in range(length):
        y = y + 1.0
    marks.append(perf_counter())
    y.backward()
    marks.append(perf_counter())
    del y
    marks.append(perf_counter())
    assert x.grad.item() == 1.0
    return [b - a for a, b in pairwise(marks)]


def report(repeats=3):
    """The best of `repeats` runs for every length; in turns, so that a busy machine slows all of them."""
    gc.disable()
    runs = [{n: seconds(n) for n in LENGTHS} for _ in range(repeats)]
    return {n: [min(run[n][i] for run in runs) for i in range(3)] for n in LENGTHS}


if __name__ == "__main__":
    table = report()
    print(f"{'ops':>10} {'forward':>9} {'backward':>9} {'delete':>9} {'all, us per op':>15}")
    for length, times in table.items():
        print(f"{length:>10} " + " ".join(f"{t:8.3f}s" for t in times) + f" {sum(times) / length * 1e6:15.2f}")
    print(f"ratio of 10^6 to 10^5 ops: {sum(table[LENGTHS[2]]) / sum(table[LENGTHS[1]]):.1f}")
