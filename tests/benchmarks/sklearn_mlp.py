"""ChalkClassifier and ChalkRegressor beside scikit-learn's MLPClassifier and MLPRegressor: time and scores.

    python -m tests.benchmarks.sklearn_mlp [times] [scores]

Times are those of `fit` for the same table, network, batch size and number of epochs, in turns, in one process; the
figure is the ratio of the medians. Scores are those on a held-out quarter of scikit-learn's small data sets, all
settings at their defaults, over five seeds for the split and the network. scikit-learn's networks stand there twice:
on the table as it is, and on a standardized one, with standardized targets in a regression.
"""

import sys
import warnings
from statistics import median
from time import process_time

import numpy as np
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nn.interop.sklearn import ChalkClassifier, ChalkRegressor

ROUNDS, STEPS, SEEDS = 7, 500, 5
SIZES = [  # rows, columns, classes (None: a regression), hidden layers, rows in a batch
    (150, 4, 3, (100,), 150), (442, 10, None, (100,), 200), (569, 30, 2, (100,), 200), (1797, 64, 10, (100,), 200),
    (1797, 64, 10, (100,), 32), (5000, 20, 2, (64, 64), 200), (2000, 784, 10, (128,), 64),
]  # fmt: skip
CLASSES = {
    "iris": lambda seed: datasets.load_iris(return_X_y=True),
    "wine": lambda seed: datasets.load_wine(return_X_y=True),
    "breast_cancer": lambda seed: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda seed: datasets.load_digits(return_X_y=True),
    "moons": lambda seed: datasets.make_moons(400, noise=0.2, random_state=seed),
}
QUANTITIES = {
    "diabetes": lambda seed: datasets.load_diabetes(return_X_y=True),
    "friedman1": lambda seed: datasets.make_friedman1(500, noise=1.0, random_state=seed),
}


def table(rows, columns, classes, dtype=np.float64):
    """Random numbers, and a target that follows from them."""
    X = np.random.default_rng(0).standard_normal((rows, columns))
    y = X[:, :4].sum(axis=1)
    return X.astype(dtype), y if classes is None else (np.abs(3 * y).astype(int) % classes)


def pair(classes, hidden, batch, epochs, scale):
    """Both estimators, told to train for exactly so many epochs."""
    ours, theirs = (ChalkRegressor, MLPRegressor) if classes is None else (ChalkClassifier, MLPClassifier)
    same = {"hidden_layer_sizes": hidden, "batch_size": batch, "max_iter": epochs, "random_state": 0}
    return {
        "chalk": ours(**same, n_iter_no_change=None, standardize=scale),
        "sklearn": theirs(**same, n_iter_no_change=epochs + 1),
    }


def times():
    warnings.simplefilter("ignore", ConvergenceWarning)
    ratios = []
    for dtype in (np.float64, np.float32):
        for rows, columns, classes, hidden, batch in SIZES:
            X, y = table(rows, columns, classes, dtype)
            steps = -(-rows // batch)
            epochs = max(2, STEPS // steps)
            seconds = {"chalk": [], "sklearn": []}
            for turn in range(ROUNDS):
                models = pair(classes, hidden, batch, epochs, scale=True)
                for name in list(models)[:: 1 if turn % 2 else -1]:
                    start = process_time()
                    models[name].fit(X, y)
                    seconds[name].append(process_time() - start)
            ours, theirs = (median(seconds[name]) / epochs / steps * 1e6 for name in ("chalk", "sklearn"))
            ratios.append(ours / theirs)
            print(
                f"{rows:5} x {columns:3} {'a number' if classes is None else f'{classes} classes':10} "
                f"{hidden!s:9} batch {batch:3} {np.dtype(dtype)}  {ours:6.0f} µs a step, scikit-learn {theirs:6.0f}   "
                f"{ratios[-1]:.2f}"
            )
    print(f"median {median(ratios):.2f}")


def subjects(quantity, seed):
    if quantity:
        scaled = make_pipeline(StandardScaler(), MLPRegressor(random_state=seed))
        return {
            "chalk": ChalkRegressor(random_state=seed),
            "sklearn": MLPRegressor(random_state=seed),
            "sklearn, standardized": TransformedTargetRegressor(scaled, transformer=StandardScaler()),
        }
    return {
        "chalk": ChalkClassifier(random_state=seed),
        "sklearn": MLPClassifier(random_state=seed),
        "sklearn, standardized": make_pipeline(StandardScaler(), MLPClassifier(random_state=seed)),
    }


def scores():
    warnings.simplefilter("ignore", ConvergenceWarning)
    for name, load in {**CLASSES, **QUANTITIES}.items():
        found = {}
        for seed in range(SEEDS):
            X, y = load(seed)
            stratify = None if name in QUANTITIES else y
            train_x, test_x, train_y, test_y = train_test_split(X, y, random_state=seed, stratify=stratify)
            for kind, model in subjects(name in QUANTITIES, seed).items():
                found.setdefault(kind, []).append(model.fit(train_x, train_y).score(test_x, test_y))
        print(f"{name:14}", "   ".join(f"{kind} {np.mean(all):.3f} ± {np.std(all):.3f}" for kind, all in found.items()))


if __name__ == "__main__":
    for what in sys.argv[1:] or ["times", "scores"]:
        {"times": times, "scores": scores}[what]()
