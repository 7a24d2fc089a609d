"""How small can one and the same training step be made, and what does each way cost in seconds?

    python -m demos.memory

What to look at:

- bytes_and_seconds.png: the peak of one step on a deep network, and its time. Checkpoints and accumulation give the
  gradient of the plain step to the last digits; bfloat16 gives it to two or three;
- plain.png and checkpointed.png: where the bytes are. The blue hill of saved activations grows until backward begins;
  with checkpoints it is a row of small ones, each of a segment that is computed again (dashed lines);
- the batch size that `find_batch_size` proposes for a quarter of the plain step's memory, and that a step with it keeps
  within.
"""

import time
import tracemalloc
from contextlib import nullcontext
from statistics import median

import autograd
import nn
from nn import optim, plot
from nn.data import DataLoader, datasets
from nn.train import find_batch_size
from nn.train.amp import autocast

from .lab import BLUE, INK, RED, Lab, axes

LOSS = nn.CrossEntropyLoss()


def main(lab):
    depth, width, samples = (16, 64, 512) if lab.quick else (40, 128, 1792)
    x, y = next(iter(DataLoader(datasets.digits(), samples)))
    net = nn.MLP(64, [width] * depth + [10], activation=nn.Tanh)
    for layer in net[::2]:
        nn.init.xavier_uniform_(layer.weight)
    lean = nn.CheckpointSequential(net)  # the same parameters, checkpoints between them

    ways = {
        "plain": step(net, x, y),
        "checkpoints": step(lean, x, y),
        "bfloat16": step(net, x, y, amp="bfloat16"),
        "8 small batches": step(net, x, y, batch_size=samples // 8),
        "checkpoints, 8 batches": step(lean, x, y, batch_size=samples // 8),
    }
    measured = {name: measure(net, way, repeat=3 if lab.quick else 7) for name, way in ways.items()}
    budget = measured["plain"][0] // 4
    found = find_batch_size(net, (x, y), optim.SGD(net.parameters()), LOSS, budget=budget, effective=samples)
    print(f"in {budget / 1e6:.1f} MB: {found}")
    name = f"found: batches of {found.batch_size}"
    measured[name] = measure(net, step(net, x, y, batch_size=found.batch_size), repeat=3 if lab.quick else 7)

    gradient = measured["plain"][2]
    for each, (size, seconds, other) in measured.items():
        error = ((other - gradient).norm() / gradient.norm()).item()
        print(f"{each:24} {size / 1e6:6.2f} MB  {seconds:6.3f} s  gradient differs by {error:.1e}")
        lab.found(**{f"{each}, MB": size / 1e6, f"{each}, s": seconds, f"{each}, error": error})
    lab.found(budget_MB=budget / 1e6, parameters=sum(p.numel() for p in net.parameters()))
    lab.picture(bars(measured), "bytes_and_seconds.png")
    for file, model in (("plain", net), ("checkpointed", lean)):
        with autograd.record_memory(model) as memory:
            step(model, x, y)()
        lab.picture(plot.memory_timeline(memory), f"{file}.png")


def step(model, x, y, batch_size=None, amp=None):
    """A function that computes the gradient of the mean loss of all samples, batch by batch."""

    def run():
        for part, target in zip(x.split(batch_size or len(x)), y.split(batch_size or len(x)), strict=True):
            with autocast(amp) if amp else nullcontext():
                loss = LOSS(model(part), target) * (len(part) / len(x))
            loss.backward()

    return run


def measure(net, way, repeat):
    """The bytes of a step at its peak, besides what was there; its seconds; and the gradient as one vector."""
    times = []
    for _ in range(repeat):
        net.zero_grad()
        start = time.perf_counter()
        way()
        times.append(time.perf_counter() - start)
    gradient = autograd.cat([p.grad.flatten() for p in net.parameters()])
    net.zero_grad()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    way()
    size = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return size, median(times), gradient


def bars(measured):
    """Bytes and seconds of each way, side by side."""
    figure, sides = axes(10, 0.5 + 0.45 * len(measured), "Memory of a step at its peak, MB", "Time of a step, s")
    for ax, column, scale in zip(sides, (0, 1), (1e6, 1), strict=True):
        values = [each[column] / scale for each in measured.values()]
        colours = [RED if name == "plain" else BLUE for name in measured]
        shown = ax.barh(list(measured), values, color=colours, height=0.65)
        ax.bar_label(shown, fmt="%.1f" if column == 0 else "%.2f", padding=4, color=INK)
        ax.invert_yaxis()
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
    sides[1].set_yticks([])
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
