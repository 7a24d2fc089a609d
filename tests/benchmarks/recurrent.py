"""A step of recurrent layers beside PyTorch, in turns, on one thread, in processor time.

    python -m tests.benchmarks.recurrent
"""

from statistics import median
from time import process_time

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn as torch_nn

import autograd
import nn
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


if __name__ == "__main__":
    print(report())
