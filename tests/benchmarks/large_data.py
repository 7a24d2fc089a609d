"""Training from data that are larger than the memory it may take: a mapped array of 10 GB, and a CSV file of 1 GB.

    python -m tests.benchmarks.large_data    # ten minutes; 3 GB in the folder for temporary files

Each subject runs in a process of its own, one epoch of a small network in a shuffled order, two batches read ahead. The
memory is anonymous memory (RssAnon in /proc/self/status): what cannot be read again from a file.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Thread
from time import perf_counter

import numpy as np

import autograd
import nn
from nn.data import DataLoader, TensorDataset, datasets
from nn.data.datasets import csv_table, mapped

BATCH, WIDTH = 256, 1024
NUMBERS, WORDS, KINDS = 20, 4, 200  # of the file: columns of numbers, columns of words, different words in each


def anonymous():
    """The anonymous memory of this process in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


class Peak:
    """The largest anonymous memory while it is open, looked at every 5 ms."""

    def __enter__(self):
        self.most, self._end = anonymous(), Event()
        self._thread = Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._end.wait(0.005):
            self.most = max(self.most, anonymous())

    def __exit__(self, *error):
        self._end.set()
        self._thread.join()
        self.most = max(self.most, anonymous())


def write_sparse(file, size):
    """A file of `size` bytes, as far as they make whole samples, that are all zero and take no room."""
    file.truncate(size - size % (4 * WIDTH))


def write_table(file, size):
    """About `size` bytes of rows: numbers, words, and one of two classes; a block of 20,000 again and again."""
    rng, names = np.random.default_rng(0), [f"n{i}" for i in range(NUMBERS)] + [f"w{i}" for i in range(WORDS)]
    file.write((",".join(names) + ",answer\n").encode())
    numbers, words = rng.normal(0, 100, (20_000, NUMBERS)), rng.integers(0, KINDS, (20_000, WORDS))
    answers = np.where(numbers[:, 0] + numbers[:, 1] > 0, "yes", "no")
    rows = [
        ",".join([*(f"{n:.4f}" for n in a), *(f"word{w}" for w in b), answer])
        for a, b, answer in zip(numbers, words, answers, strict=True)
    ]
    while file.tell() < size:
        left = (size - file.tell()) // len(rows[0]) + 1
        file.write(("\n".join(rows[:left]) + "\n").encode())


def sparse_array(path):
    """The numbers of a file as samples, every other one of each of two classes."""
    x = np.memmap(path, np.float32, "r").reshape(-1, WIDTH)
    return TensorDataset(x, np.arange(len(x), dtype=np.int64) % 2)


def table(path):
    """The rows to train on of a CSV file."""
    return datasets.CSV(path).split(0.8)[0]


SUBJECTS = {"sparse array, mapped": (write_sparse, sparse_array, 10 << 30), "CSV file": (write_table, table, 1 << 30)}


def measure(subject, path, scale):
    """In this process: seconds to read, samples, seconds to train, and anonymous MB at the start and at the peak."""
    mapped.IN_MEMORY //= scale
    csv_table.HELD //= scale
    autograd.manual_seed(0)
    start = anonymous()
    with Peak() as peak:
        began = perf_counter()
        data = SUBJECTS[subject][1](path)
        read = perf_counter() - began
        net = nn.Sequential(nn.Linear(len(data[0][0]), 32), nn.ReLU(), nn.Linear(32, 2))
        optimizer, loss = nn.optim.Adam(net.parameters()), nn.CrossEntropyLoss()
        began = perf_counter()
        for x, y in DataLoader(data, BATCH, shuffle=True, prefetch=2):
            optimizer.zero_grad()
            loss(net(x), y).backward()
            optimizer.step()
    return read, len(data), perf_counter() - began, start, peak.most


def run(subject, scale=1):
    """What `measure` gives in a fresh process, for a file of the size of the subject divided by `scale`."""
    write, _, size = SUBJECTS[subject]
    with NamedTemporaryFile(dir=mapped.scratch()) as file:
        write(file, size // scale)
        file.flush()
        command = [sys.executable, "-m", "tests.benchmarks.large_data", json.dumps([subject, file.name, scale])]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def main():
    print("data | samples | read, s | an epoch, s | after the imports, MB | at the peak, MB")
    print("--- | ---: | ---: | ---: | ---: | ---:")
    for subject, (_, _, size) in SUBJECTS.items():
        read, samples, epoch, start, peak = run(subject)
        name = f"{subject}, {size >> 30} GB"
        print(name, f"{samples:,}", f"{read:.1f}", f"{epoch:.0f}", f"{start:.0f}", f"{peak:.0f}", sep=" | ", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*json.loads(sys.argv[1]))))
    else:
        main()
