"""What it is worth to take elementwise steps block by block (`autograd/compiler/block_runs.py`), on the large rows.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.blocks

In processor time, the program of NumPy's calls with and without blocks, in turns. A program that turns out slower than
the function itself is dropped with a warning: then that function is what the blocks are compared with.
"""

from time import process_time

import autograd
from autograd.compiler import block_runs
from nn.bench import torch_steps
from nn.bench.engines import ENGINES
from nn.bench.rows import ROWS, task

from .timing import side_by_side

LARGE = "784-128-10", "784-256-128-10", "3072-512-256-10", "784-1024-1024-10", "expression"


def compiled(name):
    """The compiled step of a row, called as often as it takes to be a program."""
    row = ROWS[name]
    step = autograd.compile(getattr(torch_steps, row.family)(ENGINES["chalkgrad"].load(), task(row)), backend="numpy")
    for _ in range(4):
        step()
    return step


def without_blocks(name):
    before, block_runs.LARGE = block_runs.LARGE, 1 << 40
    try:
        return compiled(name)
    finally:
        block_runs.LARGE = before


if __name__ == "__main__":
    autograd.manual_seed(0)
    for name in LARGE:
        both = {"blocks": compiled(name), "whole": without_blocks(name)}
        times = side_by_side(both, rounds=9, seconds=0.05, clock=process_time)
        print(f"{ROWS[name].about}: {times['blocks'] / times['whole']:.2f} of the time without blocks", flush=True)
