"""What it brings to keep freed memory for the next large result (autograd.core.memory), beside torch.

    python -m tests.benchmarks.large_results    # about five minutes

Each figure is from seven processes of its own, in turns: the setting is a process's, and glibc adapts to whatever else
runs in it. Times are processor time on one thread, so that a busy machine disturbs them little.
"""

import json
import os
import resource
import subprocess
import sys
from importlib import import_module
from statistics import median
from time import process_time

ROUNDS = 7
SIDES = {  # package, its networks and optimizers; the environment
    "given back": (("autograd", "nn", "nn.optim"), {"CHALKGRAD_KEEP_MEMORY": "0"}),
    "kept": (("autograd", "nn", "nn.optim"), {"CHALKGRAD_KEEP_MEMORY": "1"}),
    "PyTorch": (("torch", "torch.nn", "torch.optim"), {}),
}


def expression(m, nn, optim):
    """tanh(x) exp(-x^2) + relu(x) of 2^20 numbers, forward and backward."""
    x, one = m.linspace(-3, 3, 2**20).requires_grad_(), m.ones(2**20)

    def run():
        x.grad = None
        (m.tanh(x) * m.exp(-x * x) + m.relu(x)).backward(one)

    return run


def step(a, b, c, batch):
    """What makes a step of a network with Adam."""

    def make(m, nn, optim):
        m.manual_seed(0)
        net = nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.Linear(b, c), nn.ReLU(), nn.Linear(c, 10))
        optimizer, loss = optim.Adam(net.parameters(), lr=1e-3), nn.CrossEntropyLoss()
        images, labels = m.randn(batch, a), m.randint(0, 10, (batch,))

        def run():
            optimizer.zero_grad()
            loss(net(images), labels).backward()
            optimizer.step()

        return run

    return make


SUBJECTS = {
    "tanh(x) exp(-x²) + relu(x), 2^20 numbers": expression,
    "step of 784-256-128-10, batch 128": step(784, 256, 128, 128),
    "step of 3072-512-256-10, batch 128": step(3072, 512, 256, 128),
    "step of 784-1024-1024-10, batch 4096": step(784, 1024, 1024, 4096),
}


def usage():
    """What this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF)


def measure(subject, packages, seconds=0.5):
    """In this process: milliseconds of a call, its page faults, and the peak of the process in MB."""
    m, nn, optim = map(import_module, packages)
    if hasattr(m, "set_num_threads"):
        m.set_num_threads(1)
    run, times = SUBJECTS[subject](m, nn, optim), []
    run()
    run()
    before, end = usage(), process_time() + seconds
    while len(times) < 3 or process_time() < end:
        start = process_time()
        run()
        times.append(process_time() - start)
    return median(times) * 1e3, (usage().ru_minflt - before.ru_minflt) / len(times), usage().ru_maxrss / 1024


def in_fresh_process(side, subject):
    """`measure` in a process whose environment has the setting."""
    packages, environment = SIDES[side]
    command = [sys.executable, "-m", "tests.benchmarks.large_results", json.dumps([subject, packages])]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **environment}
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def main():
    print("one call | freed memory | ms | of PyTorch's time | page faults | peak of the process, MB")
    print("--- | --- | ---: | ---: | ---: | ---:")
    for subject in SUBJECTS:
        rounds = {side: [] for side in SIDES}
        for i in range(ROUNDS):
            for side in list(SIDES)[:: 1 if i % 2 else -1]:
                rounds[side].append(in_fresh_process(side, subject))
        figures = {side: [median(values) for values in zip(*rows, strict=True)] for side, rows in rounds.items()}
        for side, (ms, faults, peak) in figures.items():
            ratio = f"{ms / figures['PyTorch'][0]:.2f}"
            print(subject, side, f"{ms:.1f}", ratio, f"{faults:,.0f}", f"{peak:.0f}", sep=" | ", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*json.loads(sys.argv[1]))))
    else:
        main()
