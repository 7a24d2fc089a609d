"""A step of recurrent layers beside PyTorch, in turns, on one thread, in processor time.

    python -m tests.benchmarks.recurrent             # layers
    python -m tests.benchmarks.recurrent --products  # the product of a step, by the form of the weights
    python -m tests.benchmarks.recurrent --together  # the way back, by how many steps' factors are worked out together
"""

import sys
from functools import partial
from statistics import median
from time import process_time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn as torch_nn

import autograd
import nn
from nn.functional import recurrent_primitives, recurrent_rules
from nn.functional.panels import multiply, panels
from nn.utils import rnn

STEPS, BATCH, INPUTS, HIDDEN = 30, 32, 32, 64
LENGTHS = np.linspace(STEPS, 3, BATCH).astype(int).tolist()
LAYERS = {
    "RNN": ("RNN", {}), "LSTM": ("LSTM", {}), "GRU": ("GRU", {}),
    "LSTM, 2 layers, both directions": ("LSTM", {"num_layers": 2, "bidirectional": True}),
    "LSTM, packed": ("LSTM", {}), "GRU, packed": ("GRU", {}),
}  # fmt: skip


def subjects(title):
    """Forward, and forward and backward, of a layer and of its twin."""
    name, options = LAYERS[title]
    theirs = getattr(torch_nn, name)(INPUTS, HIDDEN, **options)
    ours = getattr(nn, name)(INPUTS, HIDDEN, **options)
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).standard_normal((STEPS, BATCH, INPUTS), dtype=np.float32)
    for which, net, given, utils in (
        ("ours", ours, autograd.tensor(x), rnn), ("theirs", theirs, torch.tensor(x), torch_nn.utils.rnn),
    ):  # fmt: skip
        if "packed" in title:
            given = utils.pack_padded_sequence(given, LENGTHS)

        def forward(net=net, given=given):
            out = net(given)[0]
            return getattr(out, "data", out) if "packed" in title else out

        def both(net=net, forward=forward):
            net.zero_grad()
            forward().sum().backward()

        yield f"{which} forward", forward
        yield f"{which} both", both


def side_by_side(runs, rounds):
    """The median processor time of one call of each, in turns."""
    times = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = process_time()
            run()
            times[name].append(process_time() - start)
    return {name: median(taken) for name, taken in times.items()}


def report(rounds=150):
    """Lines of Markdown."""
    lines = [
        f"{INPUTS} to {HIDDEN} units, {BATCH} sequences of {STEPS} steps | forward, ms | PyTorch | ratio | "
        "forward + backward, ms | PyTorch | ratio",
        "--- | ---: | ---: | ---: | ---: | ---: | ---:",
    ]
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for title in LAYERS:
            times = side_by_side(dict(subjects(title)), rounds)
            cells = [title]
            for phase in ("forward", "both"):
                ours, theirs = (times[f"{which} {phase}"] for which in ("ours", "theirs"))
                cells += [f"{ours * 1e3:.2f}", f"{theirs * 1e3:.2f}", f"{ours / theirs:.2f}"]
            lines.append(" | ".join(cells))
    return "\n".join(lines)


def repeated(run, *args, repeats=20):
    for _ in range(repeats):
        run(*args)


def table(title, rows, repeats=20, rounds=100):
    """Lines of Markdown: microseconds of a call of each function, in rows of functions by their names."""
    lines = []
    with threadpool_limits(1):
        for label, runs in rows:
            if not lines:
                lines = [" | ".join([title, *runs]), " | ".join(["---:"] * (len(runs) + 1))]
            times = side_by_side({name: partial(repeated, *run, repeats=repeats) for name, run in runs.items()}, rounds)
            lines.append(" | ".join([str(label), *(f"{taken / repeats * 1e6:.1f}" for taken in times.values())]))
    return "\n".join(lines)


def products():
    """h @ y.T of 32 rows and the weights of an LSTM."""
    random = np.random.default_rng(0)
    for size in (32, 64, 128, 256, 512):
        h, y = (random.standard_normal(shape, dtype=np.float32) for shape in ((BATCH, size), (4 * size, size)))
        out = np.empty((4, BATCH, size), np.float32)
        yield size, {
            "h @ y.T": (np.matmul, h, y.T),
            "y.T in rows": (np.matmul, h, np.ascontiguousarray(y.T)),
            "in panels": (multiply, h, panels(y.T, 4, BATCH), out),
        }


def back_in_stretches(together, *args):
    recurrent_rules.TOGETHER = together
    recurrent_rules.lstm_pull(*args)


def together():
    """Back through 50 steps of an LSTM."""
    random = np.random.default_rng(0)
    for size in (16, 64, 128):
        shapes = (50 * BATCH, 4 * size), (4 * size, size), (2, BATCH, size)
        x, y, z = (0.1 * random.standard_normal(shape, dtype=np.float32) for shape in shapes)
        options = (BATCH,) * 50, False
        out = recurrent_primitives.lstm(x, y, z, *options)
        g = np.zeros_like(out)
        g[4] = 1  # of h
        numbers = {"each step": 1, "2^13": 1 << 13, "2^15": 1 << 15, "2^17": 1 << 17, "all steps": 1 << 30}
        yield size, {name: (back_in_stretches, n, g, y, out, *options) for name, n in numbers.items()}


if __name__ == "__main__":
    if "--products" in sys.argv:
        print(table("units", products()))
    elif "--together" in sys.argv:
        print(table("units", together(), repeats=1))
    else:
        print(report())
