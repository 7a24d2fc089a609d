"""docs/images/memory.png: the memory of a training step. `python -m tests.memory_picture` draws it again."""

from pathlib import Path

import autograd
import nn
from nn import functional as F
from nn import plot
from tests.benchmarks.memory import BATCH, SIZES

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "memory.png"


def record():
    """The second step of the network of tests/benchmarks/memory.py with Adam."""
    autograd.manual_seed(0)
    model = nn.MLP(SIZES[0], list(SIZES[1:]), activation=nn.ReLU)
    optimizer = nn.optim.Adam(model.parameters())
    x, target = autograd.randn(BATCH, SIZES[0]), autograd.randint(0, SIZES[-1], (BATCH,))
    for _ in range(2):
        with autograd.record_memory(model, optimizer) as memory:
            F.cross_entropy(model(x), target).backward()
            optimizer.step()
            optimizer.zero_grad()
    return memory


if __name__ == "__main__":
    plot.memory_timeline(record(), PICTURE)
