"""Mixed precision: what it saves, what it costs, and what it does to accuracy.

    python -m tests.benchmarks.mixed_precision                             # memory and time of a training step
    CHALKGRAD_DATA=... python -m tests.benchmarks.mixed_precision mnist    # and the accuracy on MNIST, three seeds

The network of the first part is 784-1024-1024-10 at batch 4096. Each dtype has a process of its own.
"""

import contextlib
import gc
import subprocess
import sys
import tracemalloc
from statistics import mean
from time import perf_counter

import numpy as np

from tests.benchmarks.memory import BATCH, SIZES, peak, resident

DTYPES = ("float32", "float16", "bfloat16")
STEPS = 5
EPOCHS, SEEDS = 5, (0, 1, 2)


def network(seed=0):
    """The network, its optimizer, a batch and its classes."""
    import autograd
    import nn

    autograd.manual_seed(seed)
    rng = np.random.default_rng(seed)
    x = autograd.tensor(rng.standard_normal((BATCH, SIZES[0]), dtype=np.float32))
    target = autograd.tensor(rng.integers(0, SIZES[-1], BATCH))
    model = nn.MLP(SIZES[0], list(SIZES[1:]), activation=nn.ReLU)
    return model, nn.optim.SGD(model.parameters(), lr=0.01), x, target


def loss_of(model, x, target, dtype):
    """The loss, with the model and the loss function in mixed precision unless `dtype` is float32."""
    from nn.functional import cross_entropy
    from nn.train.amp import autocast

    with contextlib.nullcontext() if dtype == "float32" else autocast(dtype):
        return cross_entropy(model(x), target)


def saved_bytes(loss, parameters):
    """The bytes that a graph keeps for backward: activations, and what it keeps of parameters (or their copies)."""
    from autograd.hooks import graph_of

    raise NotImplementedError


def measure(dtype):
    """Bytes of saved activations, peaks in MB, and the seconds of a step, of this process."""
    from nn.train.amp import GradScaler

    model, optimizer, x, target = network()
    scaler = GradScaler(enabled=dtype == "float16")

    def step(batch, classes):
        optimizer.zero_grad()
        scaler.scale(loss_of(model, batch, classes, dtype)).backward()
        scaler.step(optimizer)
        scaler.update()

    step(x[:8], target[:8])  # what is set up once is not the step's
    gc.collect()
    baseline, seconds = resident(), []
    for _ in range(STEPS):
        began = perf_counter()
        step(x, target)
        seconds.append(perf_counter() - began)
    above = peak() - baseline
    tracemalloc.start()
    loss = loss_of(model, x, target, dtype)
    held = tracemalloc.get_traced_memory()[0]
    del loss
    tracemalloc.reset_peak()
    step(x, target)
    allocated = tracemalloc.get_traced_memory()[1]
    print(held / 2**20, above, allocated / 2**20, min(seconds))


if __name__ == "__main__":
    measure(sys.argv[1])
