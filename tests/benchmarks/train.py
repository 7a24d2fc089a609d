"""Train networks on MNIST and Fashion-MNIST, three seeds each, and write what they reach into docs/results.md.

    python -m tests.benchmarks.train                       # every run that is not yet in the record, then the page
    python -m tests.benchmarks.train mnist-mlp --seeds 3   # one network, one seed
    python -m tests.benchmarks.train --page                # the page alone, from the record

Each run appends one JSON line to the record (`runs/results.jsonl`) as it ends, so that nothing is lost and nothing runs
twice. The images are read from $CHALKGRAD_DATA.
"""

import argparse
import json
import os
import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from safetensors.torch import load_file
from torch.utils.data import default_collate  # noqa: F401

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets

RECORD = Path("runs/results.jsonl")
PAGE = Path(__file__).parents[2] / "docs" / "results.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def mlp(*hidden):
    return lambda: nn.Sequential(nn.Flatten(), nn.MLP(784, [*hidden, 10]))


def lenet():
    """LeNet-5 (LeCun et al., 1998) with rectifiers and max-pooling, and 16 and 32 maps in place of 6 and 16."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


@dataclass
class Recipe:
    """How a network is trained: Adam, batches of 128, a learning rate that rises to `lr` and falls again (OneCycleLR)."""

    data: str
    network: str
    make: object
    epochs: int
    lr: float
    target: float
