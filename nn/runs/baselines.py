"""What a network has to beat: the same answer for every input, and a linear model of the same inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor
from nn import functional as F

from ..data import DataLoader, Subset
from ..optim import LBFGS

BASELINES = "baselines.safetensors"
CONSTANT, LINEAR = "constant", "linear"
MOST_NUMBERS = 10_000_000  # of inputs that the linear model learns from
FEWEST = 200  # rows, as far as there are so many
PRODUCTS = 5_000_000_000  # of an input and a weight, that the logistic regression may take

Array = np.ndarray[Any, Any]


class LinearScores(nn.Module):
    """Scores that are linear in the inputs, weight @ x + bias; with a weight of zeros, the same for all."""

    def __init__(self, weight: Array, bias: Array) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight.astype(np.float32)), nn.Parameter(bias.astype(np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.flatten(1), self.weight, self.bias)


def fit_baselines(train: Any, classes: int | None) -> dict[str, LinearScores]:
    """The baselines of some training data, by name: "constant" and "linear".

    The first always says the most frequent class, or the mean; its scores are the logarithms of how frequent each class
    is. The other is a logistic or ridge regression whose penalty, as scikit-learn's default, is half the sum of the
    squared weights; if there are many rows, it learns from a part of them. `classes` is None for a regression.
    """
    x, y = some_rows(train)
    x = x.reshape(len(x), -1)
    if classes is None:
        y, bias = y.reshape(len(y), -1), y.reshape(len(y), -1).mean(0)
        made = ridge_regression(x, y)
    else:
        counts = np.bincount(y, minlength=classes)
        with np.errstate(divide="ignore"):
            bias = np.maximum(np.log(counts / counts.sum()), -100)
        made = logistic_regression(x, y, classes)
    return {CONSTANT: LinearScores(np.zeros((len(bias), x.shape[1])), bias), LINEAR: made}


def some_rows(data: Any) -> tuple[Array, Array]:
    """The inputs and targets of a data set, or of rows evenly spread over it if it is large."""
    most = max(MOST_NUMBERS // max(np.asarray(data[0][0]).size, 1), FEWEST)
    part = data if len(data) <= most else Subset(data, np.linspace(0, len(data) - 1, most).astype(int))
    with autograd.no_grad():
        batches = [(np.asarray(x), np.asarray(y)) for x, y in DataLoader(part, 1024)]
    inputs, targets = zip(*batches, strict=True)
    return np.concatenate(inputs), np.concatenate(targets)


def ridge_regression(x: Array, y: Array) -> LinearScores:
    """Minimizes Σ |y - w x - b|² + |w|², for inputs (N, F) and targets (N, K), by the normal equations."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    middle, mean = x.mean(0), y.mean(0)
    centred = x - middle
    weight = np.linalg.solve(centred.T @ centred + np.eye(x.shape[1]), centred.T @ (y - mean)).T
    return LinearScores(weight, mean - weight @ middle)


def logistic_regression(x: Array, y: Array, classes: int) -> LinearScores:
    """Minimizes the sum of the cross-entropies + |w|² / 2, for inputs (N, F) and classes (N,), by L-BFGS.

    Of two classes, w is the difference of their weights.
    """
    penalty = (2 if classes == 2 else 1) / (2 * len(x))
    model = LinearScores(np.zeros((classes, x.shape[1])), np.zeros(classes)).double()
    inputs, target = autograd.from_numpy(x.astype(np.float64)), autograd.from_numpy(y)
    most = min(max(PRODUCTS // (x.size * classes), 50), 1000)
    limits: Any = {"max_iter": most, "max_eval": most, "tolerance_grad": 1e-6, "tolerance_change": 1e-12}
    optimizer = LBFGS(model.parameters(), **limits, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), target) + penalty * model.weight.square().sum()
        loss.backward()
        return loss

    with autograd.enable_grad():
        optimizer.step(closure)
    return model.float()


def save_baselines(baselines: dict[str, LinearScores], folder: Path) -> None:
    """Write them into the folder of a run."""
    nn.save({name: model.state_dict() for name, model in baselines.items()}, folder / BASELINES)


def load_baselines(folder: Path) -> dict[str, LinearScores]:
    """Those that `save_baselines` wrote; none for a run that has none. Raises FileError for a damaged file."""
    if not (folder / BASELINES).is_file():
        return {}
    return {
        name: LinearScores(np.asarray(state["weight"]), np.asarray(state["bias"]))
        for name, state in nn.load(folder / BASELINES).items()
    }
