"""The training step of test_training_step.py in turns: here, in PyTorch, and by hand in NumPy.

    python -m tests.benchmarks.step
"""

import torch
from threadpoolctl import threadpool_limits

from .test_training_step import STEPS
from .timing import side_by_side


def report(rounds=40):
    """Seconds per step of each library, first with one thread each, then with the threads each takes by default."""
    steps = {name: make() for name, make in STEPS.items()}
    default = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        one = side_by_side(steps, rounds, seconds=10e-3)
    torch.set_num_threads(default)
    return {"one thread": one, "default threads": side_by_side(steps, rounds, seconds=10e-3)}


if __name__ == "__main__":
    for threads, times in report().items():
        ours, theirs, by_hand = times.values()
        print(f"{threads:16} " + ", ".join(f"{name} {t * 1e6:.0f} us" for name, t in times.items()))
        print(f"{'':16} {ours / theirs:.2f} of torch, {ours / by_hand:.2f} of NumPy")
