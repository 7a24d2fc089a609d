"""How each picture of `nn.plot` is drawn, given a path."""

from types import SimpleNamespace

import numpy as np

import autograd
import nn
from nn import plot

from .records import recorded


def rows(n=10, **columns):
    t = np.arange(1, n + 1)
    columns = {"loss": 1 / t, "valid_loss": 0.3 + (t - 6) ** 2 / 100, "lr": 0.1 / t, "accuracy": 1 - 0.5 / t} | columns
    return [{"epoch": int(i), **{name: values[i - 1] for name, values in columns.items()}} for i in t]


def memory():
    """The memory of a training step of a small network."""
    net = nn.Sequential(nn.Linear(20, 400), nn.Tanh(), nn.Linear(400, 5))
    optimizer = nn.optim.Adam(net.parameters())
    with autograd.record_memory(net, optimizer) as record:
        net(autograd.ones(300, 20)).square().mean().backward()
        optimizer.step()
    return record


DRAW = {
    "activations": lambda path: plot.activations([nn.ReLU(), autograd.tanh], path),
    "loss_curve": lambda path: plot.loss_curve(rows(), path),
    "metric_curve": lambda path: plot.metric_curve(rows(), "accuracy", path),
    "learning_rate": lambda path: plot.learning_rate(rows(), path),
    "predictions": lambda path: plot.predictions([1, 2, 3], [1.1, 2, 2.9], path),
    "confusion_matrix": lambda path: plot.confusion_matrix([[5, 1], [0, 4]], ["no", "yes"], path),
    "misclassified": lambda path: plot.misclassified(np.eye(9).reshape(3, 27)[:, :9], [0, 1, 1], np.eye(3), None, path),
    "weights": lambda path: plot.weights(nn.MLP(9, [4, 2]), path),
    "decision_boundary": lambda path: plot.decision_boundary(nn.MLP(2, [4, 1]), np.eye(2, dtype="f4"), [0, 1], path),
    "memory_timeline": lambda path: plot.memory_timeline(memory(), path),
    "neuron": lambda path: plot.neuron(nn.Linear(9, 4), np.arange(9.0), path),
    "compare_runs": lambda path: plot.compare_runs({"a": rows(), "b": rows(5)}, "valid_loss", path),
    "roc": lambda path: plot.roc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], path),
    "precision_recall": lambda path: plot.precision_recall([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], path),
    "calibration": lambda path: plot.calibration([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], path),
    "loss_landscape": lambda path: plot.loss_landscape(
        nn.Linear(2, 1), nn.MSELoss(), np.eye(2, dtype="f4"), np.ones((2, 1), "f4"), path, points=5
    ),
    "paths": lambda path: plot.paths(lambda x, y: x**2 + y**2, {"SGD": [[2, 1], [1, 0.5], [0, 0]]}, path),
    "initialization": lambda path: plot.initialization({"uniform": nn.MLP(3, [4, 2])}, np.eye(3, dtype="f4"), path),
    "lr_finder": lambda path: plot.lr_finder([{"lr": 10**i, "loss": 5 - i, "smoothed": 5 - i} for i in range(5)], path),
    "heat_map": lambda path: plot.heat_map([1, 2], [3, 4], [[0.1, 0.2], [0.3, 0.4]], path),
    "parallel_coordinates": lambda path: plot.parallel_coordinates(
        [{"lr": 0.1, "hidden": "8"}, {"lr": 0.001, "hidden": "8x8"}], [0.3, 0.2], path),
    "settings_importance": lambda path: plot.settings_importance({"lr": 0.8, "hidden": 0.2}, path),
    "boundary_animation": lambda path: plot.boundary_animation(
        recorded(nn.MLP(2, [4, 1]), snapshots=5), np.eye(2, dtype="f4"), [0, 1], path),
    "filters": lambda path: plot.filters(nn.Conv2d(1, 4, 3), path),
    "feature_maps": lambda path: plot.feature_maps(nn.Conv2d(1, 4, 3), np.eye(9)[None], path),
    "images": lambda path: plot.images(np.eye(9).reshape(1, 9, 9), path),
    "importance": lambda path: plot.importance(SimpleNamespace(importances=[[0.3, 0.2], [0, -0.1]]), path),
    "saliency": lambda path: plot.saliency(nn.Linear(9, 2), np.eye(9)[:3], [0, 1, 1], path),
    "histograms": lambda path: plot.histograms(recorded(nn.MLP(2, [4, 1])), path),
    "gradient_flow": lambda path: plot.gradient_flow(recorded(nn.MLP(2, [4, 1])), path),
}
