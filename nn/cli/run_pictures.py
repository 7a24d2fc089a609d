"""The pictures of a run: how it learned, which classes it mistakes for which, and the network at work."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import autograd
import nn

from .. import plot
from ..data import DataLoader, Subset
from ..plot.neuron_graph import strongest_unit
from ..runs.run_data import Data
from ..runs.run_folder import RunFolder
from ..runs.task import Images, Table
from ..train import History
from ..utils import evaluating
from .class_balance import training_loss
from .outcome import Outcome

Draw = Callable[[Path], Any]
MOST_POINTS = 10_000  # in the plane


def draw_pictures(
    folder: RunFolder, data: Data, model: nn.Sequential, history: History, outcome: Outcome
) -> list[Path]:
    """Draw all pictures that suit the data into the folder of the run; return their paths.

    Each is put in its place once it is finished. What cannot be drawn, because Matplotlib or Graphviz is not installed
    or the numbers are not finite, is left out, with a warning.
    """
    made: list[Path] = []
    faults: dict[str, list[str]] = {}
    with TemporaryDirectory(dir=folder.path, prefix=".pictures") as beside:
        for name, draw in pictures(folder, data, model, history, outcome):
            try:
                draw(Path(beside) / name)
            except (ImportError, RuntimeError, ValueError) as error:
                faults.setdefault(str(error), []).append(name)
            else:
                os.replace(Path(beside) / name, folder.path / name)
                made.append(folder.path / name)
    for fault, names in faults.items():
        warnings.warn(f"not drawn: {', '.join(names)}: {fault}", stacklevel=2)
    return made


def pictures(
    folder: RunFolder, data: Data, model: nn.Sequential, history: History, outcome: Outcome
) -> Iterator[tuple[str, Draw]]:
    """The name of each picture, and what draws it."""
    task, tested = data.task, data.parts[data.final]
    yield "loss_curve.png", lambda path: plot.loss_curve(history, path)
    if isinstance(task, Table) and task.classes is None:
        truth, found = (task.encoding.decode(values) for values in (outcome.targets, outcome.scores))
        error = f"Mean absolute error of {task.goal}"
        yield "mae.png", lambda path: plot.metric_curve(history, "mae", path, error, mode="min")
        yield "predictions.png", lambda path: plot.predictions(truth, found, path, f"{task.goal}, predicted and true")
    else:
        yield "accuracy.png", lambda path: plot.metric_curve(history, "accuracy", path)
        yield "confusion_matrix.png", lambda path: plot.confusion_matrix(outcome.matrix, task.classes, path)
    if isinstance(task, Images):
        looks, noun = Looks(tested, task), "digits" if folder.settings.dataset in ("digits", "mnist") else "images"
        yield (
            "misclassified.png",
            lambda path: plot.misclassified(looks, outcome.targets, outcome.decided, task.classes, path, noun=noun),
        )
        some = autograd.stack([autograd.as_tensor(tested[i][0]) for i in range(min(len(tested), 500))])
        yield "weights.png", lambda path: plot.weights(model, path, task.shape, x=some)
    if isinstance(task, Table) and task.shape == (2,) and task.classes and not task.encoding.columns[0].categories:
        yield "decision_boundary.png", lambda path: _plane(model, data, path)
    sample = tested[0]
    yield "network.svg", lambda path: draw_network(model, sample, training_loss(folder.settings, data)).save(path)
    if isinstance(task, Images) and isinstance(layer := model[1], nn.Linear):
        lit = lighting(layer, tested)
        for kind in ("svg", "png"):
            yield f"neuron.{kind}", lambda path: plot.neuron(layer, lit, path)


def lighting(layer: nn.Linear, data: Any) -> Any:
    """The first of some samples for which a unit of the layer is on, as `plot.neuron` draws it; or the first of all."""
    samples = [data[i][0] for i in range(min(len(data), 100))]
    return next((x for x in samples if strongest_unit(layer, x)[2] > 0), samples[0])


class Looks(Sequence[Any]):
    """The images of a data set as they look, made one by one when they are asked for."""

    def __init__(self, data: Any, task: Images) -> None:
        self.data, self.task = data, task

    def __getitem__(self, index: Any) -> Any:
        return self.task.pictures(self.data[index][0].numpy()[None])[0]

    def __len__(self) -> int:
        return len(self.data)


def draw_network(model: nn.Module, sample: tuple[Any, Any], loss: nn.Module) -> Any:
    """The graph of the loss of one sample, and the gradients on their way back."""
    x, y = (autograd.as_tensor(part)[None] for part in sample)

    def step() -> autograd.Tensor:
        out: autograd.Tensor = loss(model(x), y)
        out.backward(retain_graph=True)  # keeps the values for the picture
        return out

    with evaluating(model), autograd.enable_grad():
        drawing = autograd.draw(step, x=x, net=model)
    model.zero_grad()
    return drawing


def _plane(model: nn.Module, data: Data, path: Path) -> None:
    heading, shown, total = "Decision boundary", data.train, len(data.train)
    if total > MOST_POINTS:
        heading += f", and {MOST_POINTS:,} of {total:,} samples"
        shown = Subset(shown, np.linspace(0, total - 1, MOST_POINTS).astype(int))
    x, y = next(iter(DataLoader(shown, len(shown))))
    plot.decision_boundary(model, x, y, path, classes=data.task.classes, heading=heading)
