"""Fetching a batch of 64 MNIST images, made ready for a network, beside the training step that takes it.

CHALKGRAD_DATA=... python -m tests.benchmarks.batches
"""

import numpy as np
from threadpoolctl import threadpool_limits

from nn.data import DataLoader, datasets, transforms
from tests.benchmarks.test_training_step import BATCH, STEPS
from tests.benchmarks.timing import side_by_side


def report(rounds=40):
    """Seconds per training step, and per batch: from `__getitems__`, through the loader, and one image at a time."""
    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    data = datasets.MNIST(transform=steps)
    order = np.random.default_rng(0).permutation(len(data))[:BATCH]

    def batches(**options):
        loader = DataLoader(data, BATCH, shuffle=True, drop_last=True, **options)
        walk = iter(loader)

        def one():
            nonlocal walk
            batch = next(walk, None)
            if batch is None:
                walk = iter(loader)
                batch = next(walk)
            return batch

        return one

    subjects = {
        "training step": STEPS["chalkgrad"](),
        "__getitems__": lambda: data.__getitems__(order),
        "loader": batches(),
        "loader, one image at a time": batches(collate_fn=lambda samples: samples),
    }
    with threadpool_limits(1):
        return side_by_side(subjects, rounds, seconds=10e-3)


if __name__ == "__main__":
    times = report()
    for name, seconds in times.items():
        print(f"{name:30} {seconds * 1e6:6.0f} us   {seconds / times['training step']:.2f} of the step")
