"""The training step of test_training_step.py in turns: here, in PyTorch, and by hand in NumPy.

    python -m tests.benchmarks.step
"""

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from tests.benchmarks.test_training_step import BATCH, HIDDEN, INPUTS, STEPS
from tests.benchmarks.timing import side_by_side


def products():
    """The two large matrix products of the step, x Wᵀ and gᵀ x, in PyTorch and in NumPy."""
    rng = np.random.default_rng(0)
    shapes = (BATCH, INPUTS), (HIDDEN, INPUTS), (BATCH, HIDDEN)
    x, w, g = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
    X, W, G = map(torch.tensor, (x, w, g))
    return {"products in torch": lambda: (X @ W.T, G.T @ X), "products in numpy": lambda: (x @ w.T, g.T @ x)}


def report(rounds=150):
    """Seconds per step of each library and of the matrix products: with one thread each, and with the default."""
    steps = {name: make() for name, make in STEPS.items()} | products()
    default = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        one = side_by_side(steps, rounds)
    torch.set_num_threads(default)
    return {"one thread": one, "default threads": side_by_side(steps, rounds)}


if __name__ == "__main__":
    for threads, times in report().items():
        ours, theirs, by_hand, *_ = times.values()
        print(f"{threads:16} " + ", ".join(f"{name} {t * 1e6:.0f} us" for name, t in times.items()))
        print(f"{'':16} {ours / theirs:.2f} of torch, {ours / by_hand:.2f} of NumPy")
