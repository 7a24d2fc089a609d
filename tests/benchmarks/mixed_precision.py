"""Mixed precision: what it saves, what it costs, and what it does to accuracy.

    python -m tests.benchmarks.mixed_precision                             # memory and time of a training step
    CHALKGRAD_DATA=... python -m tests.benchmarks.mixed_precision mnist    # and the accuracy on MNIST, three seeds

The network of the first part is 784-1024-1024-10 at batch 4096, on one thread. Each dtype has a process of its own.
"""

import contextlib
import os
import subprocess
import sys
import tracemalloc
from statistics import mean
from time import perf_counter

import numpy as np

from tests.benchmarks.memory import BATCH, SIZES, peak, resident

DTYPES = ("float32", "float16", "bfloat16")
STEPS = 5
EPOCHS, SEEDS = 4, (0, 1, 2)


def precision(dtype):
    """What the model and the loss are computed in."""
    from nn.train.amp import autocast

    return contextlib.nullcontext() if dtype == "float32" else autocast(dtype)


def saved_activations(loss, parameters):
    """The bytes of the arrays that a graph keeps for backward, each once, without parameters or copies of them."""
    from autograd.hooks import node_of, reachable

    shapes = {p.shape for p in parameters}
    saved = [value for node in reachable([node_of(loss)]) if node.edges for value in node.saved_values.values()]
    arrays = {id(x): x for x in saved if isinstance(x, np.ndarray) and x.shape not in shapes}
    return sum(x.nbytes for x in arrays.values())


def measure(dtype):
    """Print MB of saved activations, MB of the peak above the baseline, and seconds of a training step."""
    import autograd
    import nn
    from nn.functional import cross_entropy
    from nn.train.amp import GradScaler

    rng = np.random.default_rng(0)
    x = autograd.tensor(rng.standard_normal((BATCH, SIZES[0]), dtype=np.float32))
    target = autograd.tensor(rng.integers(0, SIZES[-1], BATCH))
    model = nn.MLP(SIZES[0], list(SIZES[1:]), activation=nn.ReLU)
    optimizer, scaler = nn.optim.SGD(model.parameters(), lr=0.01), GradScaler(enabled=dtype == "float16")

    def loss_of(batch, classes):
        with precision(dtype):
            return cross_entropy(model(batch), classes)

    def step(batch, classes):
        optimizer.zero_grad()
        scaler.scale(loss_of(batch, classes)).backward()
        scaler.step(optimizer)
        scaler.update()

    step(x[:8], target[:8])  # what is set up once is not the step's
    baseline, seconds = resident(), []
    for _ in range(STEPS):
        began = perf_counter()
        step(x, target)
        seconds.append(perf_counter() - began)
    above = peak() - baseline
    tracemalloc.start()
    step(x, target)
    allocated = tracemalloc.get_traced_memory()[1]
    print(saved_activations(loss_of(x, target), model.parameters()) / 2**20, above, allocated / 2**20, min(seconds))


def report():
    """MB saved, MB at the peak, MB allocated at the peak, and seconds of a step, by dtype."""
    command = [sys.executable, "-m", "tests.benchmarks.mixed_precision"]
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = {d: subprocess.run([*command, d], check=True, capture_output=True, text=True, env=quiet) for d in DTYPES}
    return {dtype: [float(figure) for figure in done.stdout.split()] for dtype, done in run.items()}


def accuracy(dtype, seed):
    """Percent of the test images of MNIST that a 784-128-64-10 network gets right after training in `dtype`."""
    import autograd
    import nn
    from nn.data import DataLoader, datasets, transforms
    from nn.train import Accuracy, Trainer

    steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    train, test = (datasets.MNIST(train=part, transform=steps) for part in (True, False))
    autograd.manual_seed(seed)
    model = nn.Sequential(nn.Flatten(), nn.MLP(784, [128, 64, 10], activation=nn.ReLU))
    optimizer = nn.optim.Adam(model.parameters(), lr=3e-3)
    loader = DataLoader(train, 128, shuffle=True)
    schedule = nn.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=EPOCHS * len(loader))
    trainer = Trainer(metrics=[Accuracy()], progress=False, amp=None if dtype == "float32" else dtype)
    loss = nn.CrossEntropyLoss()
    trainer.fit(model, loader, None, EPOCHS, optimizer, loss, scheduler=schedule, scheduler_every="step")
    return 100 * trainer.evaluate(test)["accuracy"]


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in DTYPES:
        measure(sys.argv[1])
    elif sys.argv[1:] == ["mnist"]:
        for dtype in DTYPES:
            scores = [accuracy(dtype, seed) for seed in SEEDS]
            print(f"{dtype:10} {mean(scores):6.2f} %   ({', '.join(f'{score:.2f}' for score in scores)})", flush=True)
    else:
        figures = report()
        for dtype, (saved, above, allocated, seconds) in figures.items():
            first = figures["float32"]
            print(f"{dtype:10} saved {saved:5.1f} MB ({saved / first[0]:.2f})   peak {above:5.1f} MB "
                  f"({above / first[1]:.2f})   allocated {allocated:5.1f} MB ({allocated / first[2]:.2f})   step "
                  f"{seconds * 1e3:5.0f} ms ({seconds / first[3]:.2f})")  # fmt: skip
