"""How the time and the memory of a step grow: with width, depth, batch, and the number of nodes of a graph.

    python -m tests.benchmarks.growth            # five minutes; writes into docs/performance.md, draws its picture
    python -m tests.benchmarks.growth --print

One thread, processor time, the least of three rounds in which all sizes take turns. Memory is the peak of what a
step allocates (tracemalloc: Python's objects and NumPy's arrays), of this library alone. Of a compiled step it is the
first calls that are measured, in which it is recorded and compiled. A slope is that of the
straight line through the logarithms of the upper half of the sizes: 1 where twice the size costs twice as much.
"""

import gc
import sys
import tracemalloc
from itertools import pairwise
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import torch
from threadpoolctl import threadpool_limits

import autograd
from nn.bench.engines import chalkgrad
from nn.bench.engines import torch as torch_api
from nn.plot.style import BLUE, DARK, GREY, RED, bare, figure, finish, title
from tests.benchmarks.page import IMAGES, put


def network(api, sizes, batch):
    """A step of an MLP with SGD."""
    nn, m = api.nn, api.m
    m.manual_seed(0)
    layers = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.ReLU())][:-1]
    net, loss = nn.Sequential(*layers), nn.CrossEntropyLoss()
    optimizer = api.optim.SGD(net.parameters(), lr=1e-3)
    x, y = m.randn(batch, sizes[0]), m.randint(0, sizes[-1], (batch,))

    def step():
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return step


def chain(api, nodes):
    """So many additions to a scalar, and back."""
    x = api.m.tensor(0.0, dtype=api.m.float64, requires_grad=True)

    def step():
        x.grad, y = None, x
        for _ in range(nodes):
            y = y + 1.0
        y.backward()
        return y.detach()

    return step


FIRST = 4  # calls after which a function has been recorded twice, and compiled


class Axis(NamedTuple):
    """What grows: its name, what is held fixed, its sizes, the step at a size, and whether Python collects garbage."""

    name: str
    fixed: str
    sizes: list
    make: object
    collector: bool = True


AXES = [
    Axis("width", "three layers, batch 64", [2**k for k in range(3, 12)], lambda a, n: network(a, (n, n, n, n), 64)),
    Axis("layers", "64 wide, batch 64", [2**k for k in range(1, 10)], lambda a, n: network(a, (64,) * (n + 1), 64)),
    Axis("batch", "784-128-10", [2**k for k in range(0, 15, 2)], lambda a, n: network(a, (784, 128, 10), n)),
    Axis("nodes", "a chain of additions", [10**k for k in range(1, 7)], chain),
    Axis("nodes", "the same, garbage collector off", [10**k for k in range(1, 7)], chain, collector=False),
]


def seconds(steps, rounds=3, least=0.02, collector=True):
    """The least processor time of a call of each step, with Python's garbage collector on or off."""
    (gc.enable if collector else gc.disable)()
    for step in steps:
        step()
    best = [float("inf")] * len(steps)
    for _ in range(rounds):
        gc.collect()
        for i, step in enumerate(steps):
            step()  # whatever the largest has left behind
            count, start = 0, process_time()
            while count == 0 or process_time() - start < least:
                step()
                count += 1
            best[i] = min(best[i], (process_time() - start) / count)
    gc.enable()
    return best


def peak(step):
    """Bytes that a step has allocated at its peak."""
    step()
    gc.collect()
    tracemalloc.start()
    step()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


class Compiled(NamedTuple):
    """What a back end takes for chains of these sizes: seconds and bytes to record and compile, seconds of a call."""

    name: str
    sizes: list
    seconds: list
    peaks: list
    calls: list


BACK_ENDS = {"NumPy": [10**k for k in range(1, 6)], "Numba": [10**k for k in range(1, 4)]}


def first_calls(backend, nodes):
    """A chain that is compiled from now on, by a back end that has compiled nothing like it."""
    step = autograd.compile(chain(chalkgrad(), nodes), backend=backend.lower(), fullgraph=True)
    with TemporaryDirectory() as empty, patch.dict("os.environ", CHALKGRAD_CACHE=empty):
        for _ in range(FIRST):
            step()
    return step


def compiling(backend, sizes):
    """Record and compile chains of so many nodes, twice each: for the time, and for the memory."""
    first_calls(backend, 3)  # what a compiler sets up once
    times, peaks, calls = [], [], []
    for nodes in sizes:
        gc.collect()
        start = process_time()
        step = first_calls(backend, nodes)
        times.append(process_time() - start)
        calls += seconds([step])
        del step
        gc.collect()
        tracemalloc.start()
        first_calls(backend, nodes)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return Compiled(backend, sizes, times, peaks, calls)


def compiled_table(found):
    head = "a chain of additions, compiled | from, to | slope of time | slope of memory | at the end, per node"
    rows = [head, "--- | --- | ---: | ---: | ---:"]
    for name, sizes, times, peaks, calls in found:
        last = sizes[-1]
        unit = (
            f"{times[-1] / last * 1e6:.3g} µs and {peaks[-1] / last:,.0f} bytes to compile, "
            f"{calls[-1] / last * 1e9:.3g} ns a call"
        )
        exponents = f"{slope(sizes, times):.2f} | {slope(sizes, peaks):.2f}"
        rows.append(f"by {name} | {sizes[0]:,} to {last:,} | {exponents} | {unit}")
    return "\n".join(rows)


def slope(sizes, values):
    """The exponent by which the values grow over the upper half of the sizes."""
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(values[half:]), 1)[0])


def measured(axes, rounds=3, least=0.02):
    """For each axis: times here, times in PyTorch, peaks here."""
    ours, theirs = chalkgrad(), torch_api()
    for axis in axes:
        print(f"{axis.name} …", file=sys.stderr)
        times = [seconds([axis.make(api, n) for n in axis.sizes], rounds, least, axis.collector)
                 for api in (ours, theirs)]  # fmt: skip
        yield axis, *times, [peak(axis.make(ours, n)) for n in axis.sizes]


def table(found):
    head = "what grows | from, to | slope of time | in PyTorch | slope of memory | at the end, per unit"
    rows = [head, "--- | --- | ---: | ---: | ---: | ---:"]
    for axis, ours, theirs, peaks in found:
        exponents = (f"{slope(axis.sizes, values):.2f}" for values in (ours, theirs, peaks))
        last = axis.sizes[-1]
        unit = f"{ours[-1] / last * 1e6:.3g} µs, {peaks[-1] / last:,.0f} bytes"
        rows.append(" | ".join([f"{axis.name} ({axis.fixed})", f"{axis.sizes[0]:,} to {last:,}", *exponents, unit]))
    return "\n".join(rows)


def picture(found, compiled, path=None):
    """Two rows of log-log plots, for Python as it runs: time above, memory below; what compiling takes at the right."""
    found = [each for each in found if each[0].collector]
    fig, axes = figure(9.6, 4.4, 2, len(found) + 1, gaps=(0.3, 0.42))
    for i, (axis, ours, theirs, peaks) in enumerate(found):
        top, below = axes[0, i], axes[1, i]
        curve(top, axis.sizes, np.array(theirs) * 1e3, GREY, "PyTorch", named=i == 0)
        curve(top, axis.sizes, np.array(ours) * 1e3, BLUE, "chalkgrad", named=i == 0)
        curve(below, axis.sizes, np.array(peaks) / 1e6, RED, "")
        below.set_xlabel(f"{axis.name}\n{axis.fixed}", fontsize=9)
        top.tick_params(labelbottom=False)
    top, below = axes[:, -1]
    for i, (name, sizes, times, peaks, _) in enumerate(compiled):
        colour = (BLUE, DARK)[i]
        curve(top, sizes, np.array(times) * 1e3, colour, name, named=True, place=i)
        curve(below, sizes, np.array(peaks) / 1e6, (RED, DARK)[i], name, place=i)
    below.set_xlabel("nodes\nrecorded and compiled", fontsize=9)
    top.tick_params(labelbottom=False)
    axes[0, 0].set_ylabel("ms a step", fontsize=9)
    axes[1, 0].set_ylabel("peak, MB", fontsize=9)
    title(axes[0, 0], "How a step grows", "slope of the dashed line: 1 is twice the cost for twice the size")
    return finish(fig, path)


def power_of_ten(value, _):
    """10³, as text."""
    return "10" + f"{np.log10(value):.0f}".translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def curve(ax, sizes, values, colour, name, named=False, place=0):
    """A line through the sizes, and the fitted one beside its upper half, with its slope."""
    ax.loglog(sizes, values, color=colour, marker="o", markersize=3, linewidth=1.4)
    if colour != GREY:
        half, power = len(sizes) // 2, slope(sizes, values)
        fitted = 0.45 * values[-1] * (np.array(sizes[half:]) / sizes[-1]) ** power
        ax.loglog(sizes[half:], fitted, color=colour, linewidth=1, linestyle=(0, (4, 3)))
        ax.text(0.98, 0.04 + 0.12 * place, f"slope {power:.2f}", color=colour, fontsize=8.5, ha="right",
                transform=ax.transAxes)
    if named:
        ax.text(0.05, 0.9 if colour == BLUE else 0.78, name, color=colour, fontsize=8.5, transform=ax.transAxes)
    ax.grid(color=GREY, alpha=0.25)
    ax.tick_params(labelsize=8, which="both", length=0)
    ax.minorticks_off()
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(power_of_ten)
    bare(ax, "bottom", "left")


def main():
    torch.set_num_threads(1)
    with threadpool_limits(1):
        found = list(measured(AXES))
        compiled = [compiling(*each) for each in BACK_ENDS.items()]
    text = f"{table(found)}\n\n{compiled_table(compiled)}"
    if "--print" in sys.argv:
        print(text)
        return
    put("growth", text)
    print(picture(found, compiled, IMAGES / "growth.png").path)


if __name__ == "__main__":
    main()
