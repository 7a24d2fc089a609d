"""What of a training step is best given to torch.compile: nothing, the forward pass, the update too, or all of it.

    python -m tests.benchmarks.torch_compiled    # two minutes, nearly all of it compiling

784-128-10, batch 64, one thread, processor time, in turns.
"""

from time import process_time
from types import SimpleNamespace

import torch

from nn.bench import engines, torch_steps
from nn.bench.rows import ROWS, task
from tests.benchmarks.timing import side_by_side

WAYS = {  # what is compiled: the forward pass, the update, the step
    "nothing": (),
    "the forward pass": ("forward",),
    "the forward pass and the update": ("forward", "update"),
    "the whole step": ("step",),
}


def steps(optimizer):
    """A step for each way, warmed up."""
    row = ROWS["784-128-10"]
    numbers = task(row._replace(options={**row.options, "optimizer": optimizer}))
    for name, parts in WAYS.items():
        api = SimpleNamespace(**vars(engines.torch()) | dict.fromkeys(parts, torch.compile))
        step = torch_steps.mlp(api, numbers)
        for _ in range(5):
            step()
        yield name, step


def main():
    torch.set_num_threads(1)
    print("784-128-10, batch 64, µs | " + " | ".join(WAYS))
    print("--- | " + " | ".join(["---:"] * len(WAYS)))
    for optimizer in ("Adam", "SGD"):
        found = side_by_side(dict(steps(optimizer)), rounds=21, seconds=0.02, clock=process_time)
        print(optimizer, *(f"{seconds * 1e6:.0f}" for seconds in found.values()), sep=" | ", flush=True)


if __name__ == "__main__":
    main()
