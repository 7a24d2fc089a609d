"""A program for several ranks: fifty steps of every kind of training, beside the same steps in one process.

Prints, for each, the largest difference of a parameter or buffer.
"""

from copy import deepcopy
from itertools import product

import numpy as np

import autograd
from autograd import float32, float64
from nn import BatchNorm1d, BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential, Tanh, optim
from nn import distributed as dist
from nn.functional import cross_entropy

NETS = {
    "mlp": lambda d: Sequential(Linear(8, 7, dtype=d), Tanh(), Linear(7, 3, dtype=d)),
    "batch norm": lambda d: Sequential(
        Linear(8, 6, bias=False, dtype=d), BatchNorm1d(6, dtype=d), ReLU(), Linear(6, 3, dtype=d)
    ),
    "batch norm of images": lambda d: Sequential(
        Conv2d(2, 3, 2, bias=False, dtype=d), BatchNorm2d(3, momentum=None, dtype=d), ReLU(), Flatten(),
        Linear(3, 3, dtype=d),
    ),
}  # fmt: skip
OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: optim.Adam(p, lr=0.01),
}
SIZES = {"even": 12, "uneven": 11}


def train(model, optimizer, batches, part, weigh):
    for x, y in batches:
        x, y = x[part], y[part]
        optimizer.zero_grad()
        (cross_entropy(model(x), y) * weigh(len(x))).backward()
        optimizer.step()


def main():
    dist.init_process_group()
    rank, size = dist.get_rank(), dist.get_world_size()
    for (net, make), (rule, optimizer), (tail, n), dtype in product(
        NETS.items(), OPTIMIZERS.items(), SIZES.items(), (float64, float32)
    ):
        if "images" in net and (dtype, tail) != (float64, "uneven"):
            continue
        numbers = np.random.default_rng(0)
        shape = (n, 2, 2, 2) if "images" in net else (n, 8)
        batches = [
            (autograd.tensor(numbers.normal(size=shape), dtype=dtype), autograd.tensor(numbers.integers(3, size=n)))
            for _ in range(50)
        ]
        autograd.manual_seed(rank)  # all begin with the weights of rank 0 all the same
        ours = dist.SyncBatchNorm.convert_sync_batchnorm(make(dtype))
        parallel = dist.DistributedDataParallel(ours, bucket_cap_mb=1e-4)
        alone = make(dtype)
        alone.load_state_dict(deepcopy(ours.state_dict()))
        train(parallel, optimizer(parallel.parameters()), batches, slice(rank, None, size), dist.share_of_batch)
        train(alone, optimizer(alone.parameters()), batches, slice(None), lambda n: 1.0)
        worst = max(
            float((a.double() - b.double()).abs().max())
            for a, b in zip(ours.state_dict().values(), alone.state_dict().values())
        )
        if rank == 0:
            print(f"{worst:.2e} {dtype.name} {net}, {rule}, {tail}")


main()
