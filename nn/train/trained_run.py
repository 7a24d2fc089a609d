"""A run on the disk whose model is put to use: `load_run`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import autograd
import nn
from autograd import Tensor
from autograd.tools.extras import require

from ..history import History
from ..runs.run_folder import RESULTS, RunFolder, read_json
from ..runs.settings import Settings
from ..runs.task import Table, Task
from .decisions import EVEN, leaning
from .evaluation import predict
from .run_display import prediction_html, trained_run_html

Array = np.ndarray[Any, Any]
Row = Mapping[str, Any]


class Frame(Protocol):
    """A DataFrame or a Series of pandas, which need not be installed."""

    @property
    def index(self) -> Any: ...


@dataclass(frozen=True)
class Prediction:
    """What a model makes of one input.

    Attributes:
        input: the name of the image file, or "file:row"; of a DataFrame, the label of the row; of other data that come
            from no file, their number from 1.
        answer: the name of the class or, in a regression, the number, in the unit of the target column.
        probabilities: that of each class, by name; empty in a regression.
    """

    input: str
    answer: Any
    probabilities: dict[str, float] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        return prediction_html(self)


class Predictions(list[Prediction]):
    """A list of predictions, one for each image or row.

    Attributes:
        goal: the name of what is predicted.
        labels: the label of each row; of data that come from no DataFrame, the `input` of each prediction.
    """

    def __init__(self, found: Iterable[Prediction], goal: str, labels: Any = None) -> None:
        super().__init__(found)
        self.goal, self.labels = goal, [each.input for each in self] if labels is None else labels

    def to_frame(self) -> Any:
        """The predictions as a DataFrame of pandas: the answers in a column that goes by the name of what is predicted,
        then the probability of each class, "P(setosa)". Its index is that of the DataFrame which was predicted, so that
        `frame.join(found.to_frame(), rsuffix="_predicted")` puts them side by side.

        Raises ImportError without pandas.
        """
        try:
            import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]
        except ImportError:
            raise ImportError(
                "to_frame: makes a DataFrame of pandas, which is not installed: pip install pandas"
            ) from None
        columns: dict[str, list[Any]] = {self.goal: [each.answer for each in self]}
        for name in self[0].probabilities if self else ():
            columns[f"P({name})"] = [each.probabilities[name] for each in self]
        return pandas.DataFrame(columns, index=self.labels)


@dataclass(frozen=True)
class TrainedRun:
    """A model, and what turns files into its inputs and its outputs into answers. `load_run` makes it.

    Attributes:
        path: the folder of the run.
        settings: what the run was told; of one that was made in Python, only where its data are.
        preprocessing: an `Images` or a `Table`: its `read` makes inputs of a file, its `inputs` of what is in memory.
        model: the network with the weights that it learned, in evaluation mode.
        threshold: the probability from which the second of two classes is the answer.
    """

    path: Path
    settings: Settings
    preprocessing: Task
    model: nn.Module
    threshold: float = EVEN

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of the classes; None in a regression."""
        return self.preprocessing.classes

    def _repr_html_(self) -> str:
        return trained_run_html(self)

    @property
    def history(self) -> History:
        """The figures of every epoch; without a row if the run kept none. Raises ValueError for a damaged file."""
        file = self.path / "history.jsonl"
        return History.load(file) if file.exists() else History()

    @property
    def results(self) -> dict[str, Any]:
        """The final metrics, and what they were "measured_on"; empty if the run kept none.

        Raises nn.FileError for a damaged file.
        """
        return read_json(self.path / RESULTS)

    def predict(
        self, data: str | os.PathLike[str] | Frame | Array | Tensor | Row | Sequence[Row] | Sequence[Sequence[Any]]
    ) -> Predictions:
        """A prediction for each image or row.

        `data` is a file: an image, or a table; or, in memory, a DataFrame or a Series; one or more rows as dicts by
        column; an array (N, columns) or (columns,) in the order of the columns that were learned from, in the units of
        the table; or images of the model's size as bytes, a uint8 array (H, W) or (N, H, W) if grey, else (H, W, 3) or
        (N, H, W, 3).

        Raises OSError or ValueError for what cannot be read, and ImportError for an image without Pillow; ValueError if
        the weights are not finite, or the numbers that they give.
        """
        x, names, labels = self._inputs(data)
        return self.decode(self._scores(x, names), names, labels)

    def predict_proba(
        self, data: str | os.PathLike[str] | Frame | Array | Tensor | Row | Sequence[Row] | Sequence[Sequence[Any]]
    ) -> Array:
        """The probabilities (N, C) in float64 of the `classes` for each image or row of `data`, given as to `predict`.

        Raises what `predict` does, and ValueError in a regression.
        """
        if self.classes is None:
            raise ValueError(f"predict_proba: {self.preprocessing.goal} is a number, which has no classes: use predict")
        x, names, _ = self._inputs(data)
        return _chances(self._scores(x, names))

    def decode(self, scores: Tensor, names: Sequence[str], labels: Any = None) -> Predictions:
        """The predictions that the outputs of the model, (N, C) or in a regression (N, 1), stand for."""
        goal = self.preprocessing.goal
        if self.classes is None:
            assert isinstance(self.preprocessing, Table)
            numbers = self.preprocessing.encoding.decode(scores)
            found = [Prediction(name, number) for name, number in zip(names, numbers, strict=True)]
            return Predictions(found, goal, labels)
        answers = np.asarray(leaning(scores.detach().double(), self.threshold)).argmax(1)
        found = [
            Prediction(name, self.classes[answer], dict(zip(self.classes, row.tolist(), strict=True)))
            for name, answer, row in zip(names, answers, _chances(scores), strict=True)
        ]
        return Predictions(found, goal, labels)

    def check_weights(self) -> None:
        """Raises ValueError if a weight of the model is NaN or infinite."""
        for name, value in self.model.state_dict().items():
            if not np.isfinite(value.numpy()).all():
                raise ValueError(f"{self.path}: its training failed, since {name} is not finite: train it anew")

    def report(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write a page about the model: what it is for, its data, how good it is and how that is known, how it was
        made and is used. It is one HTML file, which needs no network; by default report.html in the folder of the run.
        `chalkgrad report` writes the same. Returns the path.

        Raises ValueError if the training failed, and for a name that does not end in .html; nn.FileError for a file of
        the run that is damaged; ImportError without rich. What cannot be drawn or measured, because the data are gone
        or a package is, is said on the page.
        """
        require("rich", "train", "a report is written with the parts of the command line, which need rich")
        from ..report import write_report

        return write_report(self, None if path is None else Path(path))

    def _inputs(self, data: Any) -> tuple[Tensor, Sequence[str], Any]:
        """The inputs of the model, the names of the rows or images, and their labels, if they have any."""
        if isinstance(data, str | os.PathLike):
            return *self.preprocessing.read(Path(data).expanduser()), None
        labels = None
        if hasattr(data, "to_dict"):  # of pandas
            several = hasattr(data, "columns")
            labels = data.index if several else None if data.name is None else [data.name]
            data = data.to_dict("records") if several else data.to_dict()
        elif isinstance(self.preprocessing, Table) and not isinstance(data, Mapping):
            data = self._as_rows(data)
        x = self.preprocessing.inputs(data)
        return x, [str(each) for each in (range(1, len(x) + 1) if labels is None else labels)], labels

    def _as_rows(self, data: Any) -> Any:
        """An array of features as rows by column; anything else as it is."""
        assert isinstance(self.preprocessing, Table)
        rows = data.tolist() if isinstance(data, np.ndarray | Tensor) else data
        if not isinstance(rows, list | tuple) or not rows or isinstance(rows[0], Mapping):
            return rows
        rows = rows if isinstance(rows[0], list | tuple) else [rows]
        columns = [column.name for column in self.preprocessing.encoding.columns]
        for row in rows:
            if not isinstance(row, list | tuple) or len(row) != len(columns):
                given = f"{len(row)} values" if isinstance(row, list | tuple) else repr(row)
                raise ValueError(
                    f"expected {len(columns)} values in a row, of the columns {', '.join(columns)}, given {given:.80}"
                )
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _scores(self, x: Tensor, names: Sequence[str]) -> Tensor:
        """The outputs of the model. Raises ValueError if a weight or an output is not finite."""
        self.check_weights()
        scores = predict(self.model, x)
        finite = np.isfinite(scores.numpy()).reshape(len(x), -1).all(1)
        if not finite.all():
            raise ValueError(f"{names[finite.argmin()]}: the network gives no finite number for this input")
        return scores


def _chances(scores: Tensor) -> Array:
    with autograd.no_grad():
        return np.asarray(scores.double().softmax(dim=1).numpy())


def load_run(path: str | os.PathLike[str], model: nn.Module | None = None) -> TrainedRun:
    """The run that `chalkgrad train` or `save_run` left in a folder, ready to predict.

        run = load_run("runs/digits")
        run.predict("your-digit.png")[0].answer  # "7"

    `model` is a new one that the weights are loaded into, for a run made in Python whose class the folder cannot build.
    Its weights become float32, as the inputs of a run are.

    Raises ValueError if that is not the folder of a run, or a model has to be given; nn.FileError for a model that is
    missing, damaged or another one.
    """
    folder = RunFolder.open(Path(path).expanduser())
    return TrainedRun(folder.path, folder.settings, folder.task, folder.load_model(model), folder.threshold)
