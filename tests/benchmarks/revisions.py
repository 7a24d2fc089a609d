"""What a change costs: this tree beside another revision, in turns, each in fresh processes, in processor time.

    python -m tests.benchmarks.revisions REVISION            # five rounds, about a minute
    python -m tests.benchmarks.revisions REVISION --rounds 9
    python -m tests.benchmarks.revisions REVISION --layers   # those of layers.py
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path
from statistics import median
from time import process_time

ROOT = Path(__file__).parents[2]
NETWORKS = {  # sizes, batch, optimizer
    "step of 2-16-16-2, batch 100, SGD": ((2, 16, 16, 2), 100, "SGD"),
    "step of 784-128-10, batch 64, Adam": ((784, 128, 10), 64, "Adam"),
    "step of 784-128-64-10, batch 64, SGD": ((784, 128, 64, 10), 64, "SGD"),
    "step of 784-256-128-10, batch 128, Adam": ((784, 256, 128, 10), 128, "Adam"),
    "step of 784-1024-1024-10, batch 512, Adam": ((784, 1024, 1024, 10), 512, "Adam"),
}


def subjects():
    """What is timed, by name: functions without arguments, on 8x8 float32 where nothing else is said."""
    import numpy as np

    import autograd
    import nn
    from nn import optim

    rng = np.random.default_rng(0)
    x, y = (autograd.tensor(rng.standard_normal((8, 8)).astype(np.float32), requires_grad=True) for _ in range(2))
    a, b = autograd.Value(0.3), autograd.Value(0.9)

    def scalars():
        c = a
        for _ in range(50):
            c = (c * b + a).tanh()
        c.backward()

    def second_order():
        (g,) = autograd.grad((x.exp() * x).sum(), x, create_graph=True)
        autograd.grad(g.sum(), x)

    def step(sizes, batch, optimizer):
        autograd.manual_seed(0)
        net, loss = nn.MLP(sizes[0], list(sizes[1:])), nn.CrossEntropyLoss()
        optimizer = getattr(optim, optimizer)(net.parameters(), lr=1e-3)
        images, labels = autograd.randn(batch, sizes[0]), autograd.randint(0, sizes[-1], (batch,))

        def run():
            optimizer.zero_grad()
            loss(net(images), labels).backward()
            optimizer.step()

        return run

    return {
        "x * y, forward": lambda: x * y,
        "x + 2, forward": lambda: x + 2,
        "exp, forward": lambda: x.exp(),
        "sum, forward": lambda: x.sum(),
        "sum over a dim, forward": lambda: x.sum(0),
        "reshape, forward": lambda: x.reshape(4, 16),
        "x[1], forward": lambda: x[1],
        "softmax, forward": lambda: x.softmax(1),
        "x.T, forward": lambda: x.T,
        "x * y, forward and backward": lambda: (x * y).sum().backward(),
        "x @ y, forward and backward": lambda: (x @ y).sum().backward(),
        "tanh, forward and backward": lambda: x.tanh().sum().backward(),
        "150 ops on Values, forward and backward": scalars,
        "second derivative": second_order,
        **{name: step(*network) for name, network in NETWORKS.items()},
    }


def best(run, blocks=12, seconds=2e-2):
    """The quickest of several blocks, in microseconds of processor time per call: the one that was disturbed least."""
    run()
    start = process_time()
    run()
    loops = max(1, int(seconds / (process_time() - start)))
    times = []
    for _ in range(blocks):
        start = process_time()
        for _ in range(loops):
            run()
        times.append((process_time() - start) / loops)
    return min(times) * 1e6


def layers():
    """What is timed in layers.py, which lies beside this file."""
    from layers import steps

    return steps()


def measured(tree, of_layers):
    """The figures of the library in a folder, from a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--here", *["--layers"] * of_layers]
    done = subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def compare(revision, rounds, of_layers):
    """The table: medians over the rounds of both trees, and of their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["git", "archive", revision, "autograd", "nn"]
        archive = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        trees = (folder, ROOT)
        runs = []
        for i in range(rounds):
            order = trees if i % 2 else trees[::-1]
            found = {tree: measured(tree, of_layers) for tree in order}
            runs.append([found[tree] for tree in trees])
    yield f"one thread | {revision}, µs | now | ratio"
    yield "--- | ---: | ---: | ---:"
    for name in runs[0][0]:
        before, now = (median(run[i][name] for run in runs) for i in (0, 1))
        yield f"{name} | {before:.2f} | {now:.2f} | {median(run[1][name] / run[0][name] for run in runs):.2f}"


if __name__ == "__main__":
    if "--here" in sys.argv:
        figures = {name: best(run) for name, run in (layers if "--layers" in sys.argv else subjects)().items()}
        figures["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(figures))
    else:
        parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
        parser.add_argument("revision")
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--layers", action="store_true")
        options = parser.parse_args()
        print("\n".join(compare(options.revision, options.rounds, options.layers)))
