"""Run every benchmark and write the tables into docs/performance.md.

    python -m tests.benchmarks            # about four minutes
    python -m tests.benchmarks --print    # print the tables, leave the file alone
"""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from tests.benchmarks import imports, moons, ops, step, structure
from tests.benchmarks.page import PAGE, put


def machine():
    """The kind of machine, and the versions of what was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return (
        f"{cpu}, {torch.get_num_threads()} cores; {platform.system()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__} ({blas['name']} {blas['version']}), PyTorch {torch.__version__}, "
        f"micrograd {version('micrograd')}. Load average at the start: {os.getloadavg()[0]:.1f}."
    )


def peaks():
    """The peak memory of both, from a small process: what a process starts with counts the memory of its parent."""
    code = "from tests.benchmarks.memory import report; print(*report().values())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=PAGE.parents[1])
    return [float(megabytes) for megabytes in done.stdout.split()]


class Targets:
    """The first table: what was measured, and the figure it is to stay within."""

    def __init__(self):
        self.rows = ["what | measured | target | ", "--- | ---: | ---: | ---"]
        self.missed = 0

    def add(self, what, measured, target, unit="", digits=2):
        missed = measured > target
        self.missed += missed
        verdict = "**missed**" if missed else "met"
        self.rows.append(f"{what} | {measured:.{digits}f}{unit} | {target:g}{unit} | {verdict}")


def measure(say):
    """All tables as Markdown."""
    targets = Targets()

    here = machine()
    say("ops")
    default = torch.get_num_threads()
    groups = ops.measure_all()
    rows = [row for rows in groups.values() for row in rows]
    forward, both = ([r for r in ratios if r is not None] for ratios in zip(*(row.ratios for row in rows)))
    targets.add("an op, forward, median over all ops, in units of PyTorch", np.median(forward), ops.FORWARD)
    targets.add("an op, forward and backward, median", np.median(both), ops.BOTH)
    for phase, ratios, limit in (("forward", forward, ops.FORWARD), ("forward and backward", both, ops.BOTH)):
        above = sum(ratio > limit for ratio in ratios)
        targets.add(f"ops above {limit} PyTorch, {phase}", above, 0, f" of {len(ratios)}", 0)

    on_all = ops.measure_all(threads=default, rounds=7)

    say("moons")
    demo = moons.report()
    moon_rows = ["micrograd's demo | chalkgrad, ms a step | micrograd | ratio", "--- | ---: | ---: | ---:"]
    for setting, (ours, theirs) in ((name, times.values()) for name, times in demo.items()):
        moon_rows.append(f"{setting.strip()} | {ours * 1e3:.0f} | {theirs * 1e3:.0f} | {ours / theirs:.2f}")
    for setting, label in zip(list(demo)[:2], ("as it runs", "garbage collector off")):
        ours, theirs = demo[setting].values()
        targets.add(f"micrograd's two moons, {label}, in units of micrograd", ours / theirs, 0.8)

    say("training step")
    step_rows = ["784-128-10, batch 64, SGD | chalkgrad, µs | PyTorch | NumPy by hand", "--- | ---: | ---: | ---:"]
    for threads, times in step.report().items():
        ours, theirs, by_hand, torch_products, numpy_products = times.values()
        step_rows.append(f"{threads} | {ours * 1e6:.0f} | {theirs * 1e6:.0f} | {by_hand * 1e6:.0f}")
        products = f"{torch_products * 1e6:.0f} | {numpy_products * 1e6:.0f}"
        step_rows.append(f"{threads}, the two large matrix products alone | | {products}")
        if threads == "one thread":  # with more, the waiting threads of one library take the time of the other
            targets.add(f"training step, {threads}, in units of PyTorch", ours / theirs, 0.8)
            targets.add(f"training step, {threads}, in units of NumPy by hand", ours / by_hand, 1.25)

    say("chain")
    chain = structure.report()
    chain_rows = ["ops in the chain | forward, s | backward | deletion | µs per op", "---: | ---: | ---: | ---: | ---:"]
    for length, times in chain.items():
        cells = [f"{length:,}", *(f"{t:.3f}" for t in times), f"{sum(times) / length * 1e6:.2f}"]
        chain_rows.append(" | ".join(cells))
    targets.add("10^6 ops in units of 10^5 ops", sum(chain[1_000_000]) / sum(chain[100_000]), 13)

    say("memory")
    ours, theirs = peaks()
    targets.add("peak memory of a 784-1024-1024-10 step, batch 4096, in units of PyTorch", ours / theirs, 1.0)

    say("import")
    numpy, more = imports.report()
    targets.add("`import autograd, nn`, NumPy included, in units of `import numpy`", (numpy + more) / numpy, 2.0)

    paragraphs = [
        here, "\n".join(targets.rows),
        "### One op on 8x8 float32", ops.summary({1: groups, default: on_all}), ops.table(groups),
        "### micrograd's two moons", "\n".join(moon_rows), "### A training step", "\n".join(step_rows),
        "### A chain of additions", "\n".join(chain_rows), "### Memory and import",
        f"Peak above the baseline: chalkgrad {ours:.0f} MB, PyTorch {theirs:.0f} MB. "
        f"`import numpy` takes {numpy * 1e3:.0f} ms, `import autograd, nn` {more * 1e3:.0f} ms more.",
    ]  # fmt: skip
    return "\n\n".join(paragraphs), targets.missed


def main():
    figures, missed = measure(lambda what: print(f"{what} …", file=sys.stderr))
    if "--print" in sys.argv:
        print(figures)
        return
    put("figures", figures)
    print(f"{PAGE}: {missed} of the targets missed")


if __name__ == "__main__":
    main()
