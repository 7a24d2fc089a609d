"""How many processes pay: what a step computes and what it sends, measured here, and a model of more ranks on paper.

`mpiexec -n 2 python -m tests.benchmarks.scale` measures the time of an epoch and the rate of an all-reduce, on so many
ranks; `python -m tests.benchmarks.scale --predict` prints what docs/scale.md says of 2, 8, 64 and 512 ranks.
"""

import argparse
from time import perf_counter

import numpy as np

import autograd
import nn
from nn import distributed as dist
from nn import optim

MNIST, BATCH, STEPS = (784, 128, 10), 128, 60_000 // 128  # as `chalkgrad train mnist`
# (name, bytes in a second, seconds until the first byte arrives), of one direction of a link; the first as measured
LINKS = (("memory of one machine", 1.5e9, 12e-6), ("10 Gbit/s", 1.25e9, 30e-6), ("100 Gbit/s", 12.5e9, 5e-6))
MODELS = (  # (name, parameters, seconds of a step of 128 samples in one process)
    ("MNIST MLP", 101_770, 0.7e-3),  # as measured
    ("100 M MLP", 100_000_000, 6 * 100_000_000 * 128 / 130e9),  # at the 130 GFLOP/s of the matrix product
)
RANKS = (2, 8, 64, 512)


def network():
    """The MLP for MNIST."""
    return nn.MLP(MNIST[0], MNIST[1:])


def seconds_of_steps(batch, steps=2000):
    """The times of steps with a batch of so many samples on this rank, the shortest first."""
    net = dist.DistributedDataParallel(network())
    optimizer = optim.Adam(net.parameters())
    x, y = autograd.randn(batch, MNIST[0]), autograd.randint(0, 10, (batch,))
    times = []
    dist.barrier()
    for _ in range(steps):
        began = perf_counter()
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
        times.append(perf_counter() - began)
    return sorted(times)


def seconds_of_an_all_reduce(bytes, rounds=25):
    """The time of an all-reduce of float32."""
    tensor, times = autograd.zeros(bytes // 4), []
    for _ in range(rounds):
        dist.barrier()
        began = perf_counter()
        dist.all_reduce(tensor)
        times.append(perf_counter() - began)
    return min(times)


def measure():
    dist.init_process_group()
    size, first = dist.get_world_size(), dist.get_rank() == 0
    times = seconds_of_steps(BATCH // size)
    for name, step in ("best tenth", times[len(times) // 10]), ("median", times[len(times) // 2]):
        if first:  # others use the machine, too
            told = f"a step of {BATCH} samples {step * 1e3:.2f} ms, an epoch of 60,000 {step * STEPS:.2f} s"
            print(f"{size} ranks, {name}: {told}")
    for bytes in (4, 2**16, 2**20, 2**24, 2**26) if size > 1 else ():
        seconds = seconds_of_an_all_reduce(bytes)
        if first:
            print(f"all-reduce of {bytes:,} bytes: {seconds * 1e6:,.0f} us, {bytes / seconds / 1e9:.2f} GB/s")
    if size == 1:
        a = np.ones((1024, 1024), np.float32)
        times = [-perf_counter() + (a @ a, perf_counter())[1] for _ in range(9)]
        print(f"matrix product: {2 * 1024**3 / min(times) / 1e9:.0f} GFLOP/s")


def ring(parameters, ranks, rate, latency):
    """Seconds of a ring all-reduce: each rank sends 2 (p - 1) parts of 1/p of the gradients."""
    return 2 * (ranks - 1) * (latency + 4 * parameters / ranks / rate)


def speed_up(parameters, compute, ranks, rate, latency, split):
    """How many times as many samples a second as one process; a batch is for each rank, or, `split`, for all of them.

    A third of a step is forward, in which nothing is sent; the rest may overlap with what is.
    """
    own = compute / ranks if split else compute
    step = own / 3 + max(2 * own / 3, ring(parameters, ranks, rate, latency))
    return compute / step * (1 if split else ranks)


def predict():
    print("| model | batch | link | " + " | ".join(f"{p} ranks" for p in RANKS) + " |")
    print("| --- | --- | --- |" + " ---: |" * len(RANKS))
    for name, parameters, compute in MODELS:
        for split in (False, True):
            for link, rate, latency in LINKS:
                cells = [f"{speed_up(parameters, compute, p, rate, latency, split):.3g}" for p in RANKS]
                print(f"| {name} | 128 {'in all' if split else 'each'} | {link} | {' | '.join(cells)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--predict", action="store_true")
    predict() if parser.parse_args().predict else measure()
