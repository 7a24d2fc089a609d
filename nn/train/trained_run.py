"""A run on the disk whose model is put to use: `load_run`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor

from ..runs.run_folder import RunFolder
from ..runs.settings import Settings
from ..runs.task import Table, Task
from .evaluation import predict
from .run_display import prediction_html, trained_run_html

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Prediction:
    """What a model makes of one input.

    Attributes:
        input: the name of the image file, or "file:row"; of data that come from no file, their number from 1.
        answer: the name of the class or, in a regression, the number, in the unit of the target column.
        probabilities: that of each class, by name; empty in a regression.
    """

    input: str
    answer: Any
    probabilities: dict[str, float] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        return prediction_html(self)


@dataclass(frozen=True)
class TrainedRun:
    """A model, and what turns files into its inputs and its outputs into answers. `load_run` makes it.

    Attributes:
        path: the folder of the run.
        settings: what the run was told.
        preprocessing: an `Images` or a `Table`: its `read` makes inputs of a file, its `inputs` of what is in memory.
        model: the network with the weights that it learned, in evaluation mode.
    """

    path: Path
    settings: Settings
    preprocessing: Task
    model: nn.Sequential

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of the classes; None in a regression."""
        return self.preprocessing.classes

    def _repr_html_(self) -> str:
        return trained_run_html(self)

    def predict(self, data: str | os.PathLike[str] | Array | Row | Sequence[Row]) -> list[Prediction]:
        """A prediction for each image or row.

        `data` is a file: an image, or a CSV file; or, in memory, one or more rows as dicts by column; or images of the
        model's size as bytes, a uint8 array (H, W) or (N, H, W) if grey, else (H, W, 3) or (N, H, W, 3).

        Raises OSError or ValueError for what cannot be read, and ImportError for an image without Pillow.
        """
        if isinstance(data, str | os.PathLike):
            x, names = self.preprocessing.read(Path(data).expanduser())
        else:
            x = self.preprocessing.inputs(data)
            names = [str(number) for number in range(1, len(x) + 1)]
        return self.decode(predict(self.model, x), names)

    def decode(self, scores: Tensor, names: Sequence[str]) -> list[Prediction]:
        """The predictions that the outputs of the model, (N, C) or in a regression (N, 1), stand for."""
        if self.classes is None:
            assert isinstance(self.preprocessing, Table)
            numbers = self.preprocessing.encoding.decode(scores)
            return [Prediction(name, number) for name, number in zip(names, numbers, strict=True)]
        with autograd.no_grad():
            chances = scores.double().softmax(dim=1).numpy()
        return [
            Prediction(name, self.classes[row.argmax()], dict(zip(self.classes, row.tolist(), strict=True)))
            for name, row in zip(names, chances, strict=True)
        ]


def load_run(path: str | os.PathLike[str]) -> TrainedRun:
    """The run that `chalkgrad train` left in a folder, ready to predict.

        run = load_run("runs/digits")
        run.predict("your-digit.png")[0].answer  # "7"

    Raises ValueError if that is not the folder of a run, and nn.FileError for a model that is missing or damaged.
    """
    folder = RunFolder.open(Path(path).expanduser())
    return TrainedRun(folder.path, folder.settings, folder.task, folder.load_model())
