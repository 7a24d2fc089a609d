"""Mixed precision: what it saves, what it costs, and what it does to accuracy.

    python -m tests.benchmarks.mixed_precision                             # memory and time of a training step
    CHALKGRAD_DATA=... python -m tests.benchmarks.mixed_precision mnist    # and the accuracy on MNIST, three seeds

The network of the first part is 784-1024-1024-10 at batch 4096. Its memory is measured in a process for each dtype, its
time in turns in one process, on one thread.
"""

import contextlib
import subprocess
import sys
import tracemalloc
from statistics import mean

import numpy as np

from tests.benchmarks.memory import BATCH, SIZES, peak, resident
from tests.benchmarks.timing import side_by_side

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


def training(dtype):
    """A training step, the loss that it computes, and the model, x and target that it is called with."""
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

    return step, loss_of, model, x, target


def measure(dtype):
    """Print MB of saved activations, MB of the peak above the baseline, and MB that NumPy has allocated at most."""
    step, loss_of, model, x, target = training(dtype)
    step(x[:8], target[:8])  # what is set up once is not the step's
    baseline = resident()
    for _ in range(STEPS):
        step(x, target)
    above = peak() - baseline
    tracemalloc.start()
    step(x, target)
    allocated = tracemalloc.get_traced_memory()[1]
    print(saved_activations(loss_of(x, target), model.parameters()) / 2**20, above, allocated / 2**20)


def memory():
    """MB saved, MB at the peak, and MB allocated at the peak, by dtype."""
    command = [sys.executable, "-m", "tests.benchmarks.mixed_precision"]
    run = {dtype: subprocess.run([*command, dtype], check=True, capture_output=True, text=True) for dtype in DTYPES}
    return {dtype: [float(figure) for figure in done.stdout.split()] for dtype, done in run.items()}


def times():
    """Seconds of a training step, by dtype."""
    from threadpoolctl import threadpool_limits

    def subject(dtype):
        step, _, _, x, target = training(dtype)
        return lambda: step(x, target)

    with threadpool_limits(1):
        return side_by_side({dtype: subject(dtype) for dtype in DTYPES}, rounds=8, seconds=0)


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
        figures, seconds = memory(), times()
        for dtype, megabytes in figures.items():
            shares = [x / first for x, first in zip(megabytes, figures["float32"], strict=True)]
            names = ("saved", "peak", "allocated")
            shown = [f"{n} {x:5.1f} MB ({s:.2f})" for n, x, s in zip(names, megabytes, shares, strict=True)]
            step = f"step {seconds[dtype] * 1e3:5.0f} ms ({seconds[dtype] / seconds['float32']:.2f})"
            print(f"{dtype:10}", *shown, step, sep="   ")
