"""Where the time of a training step goes: matrix products, the optimizer, the engine, and everything else.

    python -m tests.benchmarks.where_time_goes            # a minute; writes into docs/performance.md, draws its picture
    python -m tests.benchmarks.where_time_goes --print

Everything is timed in turns, in one process, on one thread, in processor time. The products are those of the step, by
themselves, on arrays of the same shapes. The optimizer is its `step` by itself. The engine is forward and backward of
the same layers with a single unit each and a batch of one sample: whatever they take is bookkeeping, of this library
and of NumPy's calls. The rest is what remains of the step: biases, ReLU, softmax, and the memory of the gradients.
"""

import sys
from itertools import pairwise
from time import process_time

from threadpoolctl import threadpool_limits

from nn.bench import torch_steps
from nn.bench.engines import chalkgrad
from nn.bench.rows import NETWORKS, ROWS, task
from nn.plot.style import BLUE, CLASSES, GREY, RED, bare, figure, finish, title
from tests.benchmarks.page import IMAGES, put
from tests.benchmarks.timing import side_by_side

PARTS = {"matrix products": BLUE, "elementwise": CLASSES[2], "engine": RED, "optimizer": CLASSES[4]}


def products(task):
    """The matrix products of a step: one of each layer forward, two backward, one in the first."""
    import numpy as np

    sizes, batch = task.options.sizes, task.options.batch
    rng = np.random.default_rng(0)
    layers = [[rng.standard_normal(shape, dtype=np.float32) for shape in ((batch, a), (b, a), (batch, b))]
              for a, b in pairwise(sizes)]  # fmt: skip

    def run():
        for i, (h, w, g) in enumerate(layers):
            h @ w.T
            g.T @ h
            if i:
                g @ w

    return run


def alone(api, task):
    """The optimizer's step by itself, as in the row."""
    net = torch_steps.sequential(api, task, api.nn.ReLU)
    x, y = (api.m.tensor(task.inputs[name]) for name in "xy")
    optimizer = getattr(api.optim, task.options.optimizer)(net.parameters(), lr=1e-6)
    api.F.cross_entropy(net(x), y).backward()
    return optimizer.step


def bookkeeping(api, row):
    """Forward and backward of so many layers of one unit, on one sample."""
    sizes = (1,) * (len(row.options["sizes"]) - 1) + (2,)
    small = task(row._replace(options={**row.options, "sizes": sizes, "batch": 1}))
    net = torch_steps.sequential(api, small, api.nn.ReLU)
    x, y = (api.m.tensor(small.inputs[name]) for name in "xy")

    def run():
        for p in net.parameters():
            p.grad = None
        api.F.cross_entropy(net(x), y).backward()

    return run


def parts(row, rounds=31):
    """Seconds of a step, and of its parts."""
    api, numbers = chalkgrad(), task(row)
    subjects = {
        "step": torch_steps.mlp(api, numbers),
        "matrix products": products(numbers),
        "engine": bookkeeping(api, row),
        "optimizer": alone(api, numbers),
    }
    found = side_by_side(subjects, rounds, 5e-3, clock=process_time)
    step = found.pop("step")
    found["elementwise"] = max(0.0, step - sum(found.values()))
    return step, {name: found[name] for name in PARTS}


def picture(measured, path=None):
    """A stacked bar for each network."""
    fig, ax = figure(5.2, 0.34 * len(measured))
    for i, (step, found) in enumerate(measured.values()):
        left = 0.0
        for name, colour in PARTS.items():
            share = 100 * found[name] / sum(found.values())
            ax.barh(i, share, 0.72, left, color=colour, label=name if i == 0 else None)
            if share > 7:
                ax.text(left + share / 2, i, f"{share:.0f}", ha="center", va="center", color="white", fontsize=8)
            left += share
        ax.text(101.5, i, f"{step * 1e3:.3g} ms", va="center", fontsize=8.5, color=GREY)
    ax.set(xlim=(0, 100), ylim=(len(measured) - 0.5, -0.5))
    ax.set_xticks([])
    ax.set_yticks(range(len(measured)), list(measured), fontsize=9)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, 0), ncols=4, frameon=False, fontsize=8.5)
    bare(ax)
    title(ax, "Where the time of a step goes", "per cent, one thread; at the right the whole step")
    return finish(fig, path)


def table(measured):
    rows = [" | ".join(["one thread, µs", "step", *PARTS]), " | ".join(["---", *["---:"] * (len(PARTS) + 1)])]
    for name, (step, found) in measured.items():
        rows.append(" | ".join([name, *(f"{seconds * 1e6:,.0f}" for seconds in (step, *found.values()))]))
    return "\n".join(rows)


def main():
    with threadpool_limits(1):
        measured = {ROWS[name].about: parts(ROWS[name]) for name in NETWORKS}
    if "--print" in sys.argv:
        print(table(measured))
        return
    put("parts", table(measured))
    print(picture(measured, IMAGES / "where_time_goes.png").path)


if __name__ == "__main__":
    main()
