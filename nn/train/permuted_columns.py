"""Permutation importance: how much worse a model gets when one column no longer belongs to its rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.tools.extras import require

from ..data import Dataset, Subset, datasets
from ..runs.data_of_run import data_of
from ..runs.data_record import DataChangedError, DataRecord
from ..runs.row_ids import row_ids
from ..runs.run_folder import RunFolder
from ..runs.task import Table
from .collected import as_metric
from .decisions import leaning
from .evaluation import batches, parted, predict
from .importances import Importances
from .metrics import F1, Accuracy, BalancedAccuracy, ConfusionMatrix, Metric
from .number_metrics import MAE, MAPE, R2, RMSE
from .score_metrics import ROCAUC, AveragePrecision, Brier, LogLoss
from .trained_run import TrainedRun

Array = np.ndarray[Any, Any]
Scoring = str | Metric | Callable[..., Any]

OF_CLASSES: dict[str, type[Metric]] = {
    "accuracy": Accuracy,
    "balanced_accuracy": BalancedAccuracy,
    "f1": F1,
    "roc_auc": ROCAUC,
    "average_precision": AveragePrecision,
    "log_loss": LogLoss,
    "brier": Brier,
}
OF_NUMBERS: dict[str, type[Metric]] = {"r2": R2, "mae": MAE, "rmse": RMSE, "mape": MAPE}
ERRORS = LogLoss, Brier, MAE, RMSE, MAPE  # small ones are good
DECIDING = Accuracy, ConfusionMatrix  # which count classes, and so go by the threshold
PARTS = {"train": "training rows", "valid": "held-out rows", "test": "test rows"}


def permutation_importance(
    model: Any,
    X: Any = None,
    y: Any = None,
    *,
    scoring: Scoring | None = None,
    n_repeats: int = 5,
    random_state: int | np.random.RandomState | None = 0,
) -> Importances:
    """How much worse a model of a table gets when the cells of one column are shuffled among the rows (Breiman, 2001).

        found = permutation_importance(load_run("runs/iris"))
        print(found)
        found.plot("importance.png")

    It is a column of the table that is shuffled, before words become several inputs, and dates their parts. The same
    `random_state` gives the same permutations as scikit-learn's function of this name, and so the same values. The
    model is only read. Columns that tell the same hide each other: shuffling one leaves the others to tell it.

    Args:
        model: a run, as `load_run` gives it; or a fitted estimator of scikit-learn, such as a `ChalkClassifier` or a
            pipeline that ends in one.
        X: of a run, a table with the target among its columns: a file, a DataFrame, rows as dicts, or a data set that
            was read with the run's encoding; by default, the rows that were held out from its training. Of an
            estimator, an array or a DataFrame (N, C).
        y: of an estimator, the targets (N,).
        scoring: the figure; by default the accuracy, or R² of numbers. Of a run, its name (accuracy, balanced_accuracy,
            f1, roc_auc, average_precision, log_loss, brier; r2, mae, rmse, mape), or a metric or function as for
            `evaluate`, of which the first figure counts; of a function, large ones are taken to be good. Numbers are
            in the unit of the table. Of an estimator, what scikit-learn calls a scorer.
        n_repeats: how often each column is shuffled.
        random_state: a seed, or a RandomState of NumPy; None gives other permutations each time.

    Raises TypeError for another kind of model; ValueError for a run of images, for another figure, for data that were
    read in another way, and for missing or superfluous data; what `load_run` and reading the data raise;
    DataChangedError, a ValueError, if the data of the run have changed so that no row is left that it was not trained
    on.
    """
    if n_repeats < 1:
        raise ValueError(f"permutation_importance: expected n_repeats to be 1 or more, given {n_repeats}")
    if isinstance(model, TrainedRun):
        if y is not None:
            raise ValueError("permutation_importance: of a run, the target is a column of the table X: leave y out")
        return _of_run(model, X, scoring, n_repeats, random_state)
    if not hasattr(model, "fit") or not hasattr(model, "predict"):
        raise TypeError(
            "permutation_importance: expected a run, as load_run gives it, or a fitted estimator of scikit-learn, "
            f"given {type(model).__name__}"
        )
    if X is None or y is None:
        raise ValueError("permutation_importance: an estimator keeps no data: give X and y, best of held-out rows")
    return _of_estimator(model, X, y, scoring, n_repeats, random_state)


def _of_run(run: TrainedRun, source: Any, scoring: Scoring | None, n_repeats: int, random_state: Any) -> Importances:
    if not isinstance(run.preprocessing, Table):
        raise ValueError(
            f"permutation_importance: {run.path} is a run of images: see nn.plot.saliency for what it sees"
        )
    encoding = run.preprocessing.encoding
    data, which, note = _data(run, encoding, source)
    if not len(data):
        raise ValueError("permutation_importance: expected rows, given none")
    read = [parted(batch) for batch in batches(data, 4096)]
    x = np.concatenate([np.asarray(inputs) for (inputs,), _ in read])
    judge = Judge(run, scoring, autograd.cat([target for _, target in read]))
    score = judge.figure(run._scores(autograd.from_numpy(x), [str(number) for number in range(1, len(x) + 1)]))
    orders, start, worse = permutations(len(x), n_repeats, random_state), 0, []
    for column in encoding.columns:
        inputs = x[:, start : start + column.width]
        own = inputs.copy()
        for order in orders:
            inputs[:] = own[order]
            worse.append(judge.sign * (score - judge.figure(predict(run.model, autograd.from_numpy(x)))))
        inputs[:] = own
        start += column.width
    return Importances(
        tuple(column.name for column in encoding.columns),
        np.array(worse).reshape(-1, n_repeats),
        judge.name, score, len(x), which, judge.sign > 0, note,
    )  # fmt: skip


def _data(run: TrainedRun, encoding: datasets.Encoding, source: Any) -> tuple[Any, str, str]:
    """The rows as a data set, what they are called, and what there is to say of them."""
    if isinstance(source, Dataset):
        base = source.dataset if isinstance(source, Subset) else source
        if getattr(base, "encoding", encoding) != encoding:
            raise ValueError(
                "permutation_importance: X was read in another way than the data of the run: give the file itself, or "
                "a data set with encoding=run.preprocessing.encoding"
            )
        return source, "rows", ""
    if source is not None:
        table, record = datasets.CSV(source, encoding=encoding), DataRecord.load(run.path)
        seen = 0 if record is None else int(record.trained(row_ids(table)).sum())
        return table, "rows", f"{seen:,} of these {len(table):,} rows are data that it was trained on" * (seen > 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", datasets.DataNote)  # they were said before the training
        data = data_of(RunFolder.open(run.path))
    if not len(data.parts[data.final]):
        raise DataChangedError(f"{data.note}: nothing is left that the model was not trained on: give other rows as X")
    return data.parts[data.final], PARTS[data.final], data.note


def permutations(rows: int, n_repeats: int, random_state: Any) -> list[Array]:
    """The orders in which the rows of a column are taken: those of scikit-learn, which are the same for all columns."""
    draw = random_state if isinstance(random_state, np.random.RandomState) else np.random.RandomState(random_state)
    shuffled = np.random.RandomState(draw.randint(np.iinfo(np.int32).max + 1))
    order, orders = np.arange(rows), [np.arange(rows)]
    for _ in range(n_repeats):
        shuffled.shuffle(order)
        orders.append(orders[-1][order])  # a column that was permuted is permuted further
    return orders[1:]


class Judge:
    """A figure of the outputs of a run.

    Attributes: `name` is what it is called, `sign` is 1 if large ones are good, else -1. Raises ValueError for the name
    of another figure, TypeError for what is no metric.
    """

    def __init__(self, run: TrainedRun, scoring: Scoring | None, targets: Tensor) -> None:
        assert isinstance(run.preprocessing, Table)
        self.run, self.metric, self.column = run, _metric(run, scoring), run.preprocessing.encoding.target
        self.sign = -1 if isinstance(self.metric, ERRORS) else 1
        self.targets = self._in_unit(targets)
        self.name = ""

    def figure(self, scores: Tensor) -> float:
        """The figure for outputs of the model, (N, C) or (N, 1)."""
        if isinstance(self.metric, DECIDING):
            scores = leaning(scores, self.run.threshold)
        self.metric.reset()
        self.metric.update(self._in_unit(scores), self.targets)
        self.name, value = next(iter(self.metric.compute().items()))
        return float(value)

    def _in_unit(self, numbers: Tensor) -> Tensor:
        """Numbers in the unit of the target column; scores and classes as they are."""
        return numbers if self.run.classes else numbers.double() * self.column.std + self.column.mean


def _metric(run: TrainedRun, scoring: Scoring | None) -> Metric:
    names = OF_CLASSES if run.classes else OF_NUMBERS
    if scoring is None:
        scoring = next(iter(names))
    if isinstance(scoring, str):
        if scoring not in names:
            raise ValueError(
                f"permutation_importance: expected scoring to be one of {', '.join(names)}, or a metric or function, "
                f"given {scoring!r}"
            )
        return names[scoring]()
    metric = as_metric(deepcopy(scoring))
    if not isinstance(metric, Metric):
        raise TypeError(
            f"permutation_importance: expected scoring to be a name, a metric or a function, given {scoring!r}"
        )
    return metric


def _of_estimator(model: Any, X: Any, y: Any, scoring: Any, n_repeats: int, random_state: Any) -> Importances:
    if isinstance(scoring, list | tuple | set | dict):
        raise ValueError(f"permutation_importance: expected one scorer, given {len(scoring)}: ask for one at a time")
    base, inspection, metrics = (require(f"sklearn.{part}", "sklearn", "estimators are judged with scikit-learn")
                                 for part in ("base", "inspection", "metrics"))  # fmt: skip
    found = inspection.permutation_importance(
        model, X, y, scoring=scoring, n_repeats=n_repeats, random_state=random_state
    )
    score = float(metrics.check_scoring(model, scoring=scoring)(model, X, y))
    usual = "accuracy" if base.is_classifier(model) else "r2" if base.is_regressor(model) else "score"
    name = scoring if isinstance(scoring, str) else usual if scoring is None else getattr(scoring, "__name__", "score")
    named = getattr(X, "columns", getattr(model, "feature_names_in_", None))
    features = [f"x{i}" for i in range(len(found.importances))] if named is None else named
    return Importances(tuple(map(str, features)), found.importances, name, score, len(y))
