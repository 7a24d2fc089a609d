"""A classifier and a regressor, with the methods that scikit-learn expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from autograd import Tensor

from ...layers.activation import ReLU
from ...layers.losses import CrossEntropyLoss, MSELoss
from ...module import Module
from ...optim import Adam
from .class_outputs import class_outputs
from .named_parts import dtype_of
from .network_estimator import FLOATS, NetworkEstimator, Rows
from .row_weights import class_weights, sample_weights
from .standard_scale import StandardScale

Array = np.ndarray[Any, Any]


class ChalkClassifier(ClassifierMixin, NetworkEstimator):
    """A network that tells classes apart, as an estimator of scikit-learn.

        model = ChalkClassifier(hidden_layer_sizes=(64, 32), early_stopping=True, random_state=0).fit(X, y)
        model.predict_proba(X)

    Names are scikit-learn's where `MLPClassifier` has them, and skorch's for the parts. Options of the parts go by
    names that begin with theirs: `module__hidden=32`, `criterion__label_smoothing=0.1`, `optimizer__weight_decay=1e-3`.

    Args:
        module: the network: a Module, whose copy is trained; or a class or function, which is called with the numbers
            of inputs and outputs if it has two parameters without a default. None: an `nn.MLP`.
        hidden_layer_sizes: the sizes of the hidden layers of the `nn.MLP`; a number is one layer.
        activation: called without arguments after each hidden layer of the `nn.MLP`.
        criterion: the loss: a class, an instance, or a function (output, target). None: `nn.CrossEntropyLoss`. With
            `nn.BCEWithLogitsLoss` the network has one output, with `nn.NLLLoss` its outputs are log probabilities.
        optimizer: a class of `nn.optim`, or a function (params, lr=…) that makes an optimizer.
        lr: the learning rate.
        batch_size: rows in a step; "auto" is 200, or all if there are fewer.
        max_iter: the largest number of epochs.
        tol: the least fall of the training loss, or rise of the validation score, that counts as progress.
        n_iter_no_change: stop after so many epochs without progress; None: train for all `max_iter` epochs.
        early_stopping: set a share of the rows aside, stop by the score on them, and keep the weights of the
            best epoch.
        validation_fraction: that share.
        shuffle: take the rows in a new order in each epoch.
        standardize: bring each column to mean 0 and standard deviation 1, as learned from the rows trained on.
        class_weight: a weight for each class, `{class: weight}`; "balanced": all classes weigh the same together.
        random_state: a seed, or a NumPy RandomState, for initial values, order, dropout and validation rows.
        warm_start: `fit` goes on with the weights of the last one, with a new optimizer.
        verbose: show a bar on a terminal and in a notebook, and one line per epoch elsewhere.
        doctor: watch for mistakes that do not crash, and print a report at the end.

    After training `classes_` are the classes in their order, `network_` is the network in evaluation mode, and
    `history_` has the figures of each epoch. The network computes in the dtype of X,
    float64 or float32, as scikit-learn's does; the second takes less time where layers are wide.
    """

    classes_: Array

    def __init__(
        self,
        module: Any = None,
        *,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: Callable[[], Module] = ReLU,
        criterion: Any = None,
        optimizer: Any = Adam,
        lr: float = 1e-3,
        batch_size: int | str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int | None = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        shuffle: bool = True,
        standardize: bool = True,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: bool = False,
        doctor: bool = False,
        **parts: Any,
    ) -> None:
        super().__init__(
            module, hidden_layer_sizes=hidden_layer_sizes, activation=activation, criterion=criterion,
            optimizer=optimizer, lr=lr, batch_size=batch_size, max_iter=max_iter, tol=tol,
            n_iter_no_change=n_iter_no_change, early_stopping=early_stopping, validation_fraction=validation_fraction,
            shuffle=shuffle, standardize=standardize, random_state=random_state, warm_start=warm_start,
            verbose=verbose, doctor=doctor, **parts,
        )  # fmt: skip
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows of X (N, features) and their classes y (N,), weighted by `sample_weight` (N,).

        Raises ValueError for missing values, other shapes, settings out of range, and classes that a `warm_start` does
        not know; TypeError for parts that do not fit; FloatingPointError for a loss that is not finite. After an error
        the estimator is as it was. Warns with ConvergenceWarning if `max_iter` ends the training.
        """
        self._check_settings()
        new = not self._goes_on()
        with self._as_before_if_refused():
            x, y = self._table(X, y, new)
            rows = self._rows(x, y, np.unique(y) if new else self.classes_, sample_weight)
            return self._train(rows, self.max_iter, new)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch on some rows; the first call is given all `classes`, and learns the scale of the inputs.

        Raises ValueError as `fit` does, and for early stopping and balanced classes, which need all rows at once.
        """
        self._check_settings()
        _check_partial(self)
        if isinstance(self.class_weight, str):
            raise ValueError("partial_fit: class_weight='balanced' needs all rows: give a dict {class: weight}")
        new = not hasattr(self, "network_")
        if new and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        known = np.unique(classes) if new else self.classes_
        if classes is not None and not np.array_equal(np.unique(classes), known):
            raise ValueError(f"partial_fit: given the classes {classes}, the network was made for {known.tolist()}")
        with self._as_before_if_refused():
            x, y = self._table(X, y, new)
            return self._train(self._rows(x, y, known, sample_weight), 1, new, partial=True)

    def predict(self, X: Any) -> Array:
        """The most probable class of each row of X (N, features): an array (N,). Raises what `inputs` does."""
        found = self.predict_proba(X).argmax(axis=1)
        return self.classes_[found]

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, in the order of `classes_`, for the rows of X (N, features): (N, classes).

        It is the softmax of the outputs, or what belongs to the criterion. Raises what `inputs` does.
        """
        return class_outputs(self._loss()).of(self.outputs(X))

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba(X)`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def _table(self, X: Any, y: Any, new: bool) -> tuple[Array, Array]:
        x, y = validate_data(self, X, y, reset=new, dtype=FLOATS)
        check_classification_targets(y)
        return x, y

    def _rows(self, x: Array, y: Array, classes: Array, sample_weight: Any) -> Rows:
        """The rows, with numbers for the classes, and the weights of both kinds in one."""
        codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
        if (classes[codes] != y).any():
            unknown = np.setdiff1d(y, classes).tolist()
            raise ValueError(f"y has the classes {unknown}, which are not among {classes.tolist()}")
        weights = class_weights(self.class_weight, classes, codes, sample_weights(sample_weight, len(x)))
        self.classes_ = classes
        return Rows(x, codes, weights)

    def _loss(self) -> Any:
        return CrossEntropyLoss if self.criterion is None else self.criterion

    def _outputs_for(self, target: Array) -> int:
        return class_outputs(self._loss()).count(len(self.classes_))

    def _targets(self, target: Array) -> Array:
        return class_outputs(self._loss()).target(target, dtype_of(self.network_))

    def _judge(self, output: Tensor, rows: Rows) -> float:
        found = class_outputs(self._loss()).of(output).argmax(axis=1)
        return float(accuracy_score(rows.target, found, sample_weight=rows.weights))


class ChalkRegressor(RegressorMixin, NetworkEstimator):
    """A network that predicts one number or several, as an estimator of scikit-learn.

        model = ChalkRegressor(hidden_layer_sizes=(64, 32), early_stopping=True, random_state=0).fit(X, y)
        model.predict(X)

    The settings are those of `ChalkClassifier`, without `class_weight`. The default criterion is `nn.MSELoss`. With
    `standardize` the targets too are brought to mean 0 and standard deviation 1, column by column, so the loss is in
    units of their variance; predictions are in the unit of y.
    """

    target_scale_: StandardScale

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows of X (N, features) and their targets y, (N,) or (N, targets), weighted by `sample_weight`.

        Raises ValueError for missing values, other shapes, settings out of range, and another number of targets than a
        `warm_start` knows; TypeError for parts that do not fit; FloatingPointError for a loss that is not finite. After
        an error the estimator is as it was. Warns with ConvergenceWarning if `max_iter` ends the training.
        """
        self._check_settings()
        new = not self._goes_on()
        with self._as_before_if_refused():
            return self._train(self._rows(X, y, sample_weight, new), self.max_iter, new)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on some rows; the first call learns the scale of inputs and targets.

        Raises ValueError as `fit` does, and for early stopping, which needs all rows at once.
        """
        self._check_settings()
        _check_partial(self)
        new = not hasattr(self, "network_")
        with self._as_before_if_refused():
            return self._train(self._rows(X, y, sample_weight, new), 1, new, partial=True)

    def predict(self, X: Any) -> Array:
        """The prediction for each row of X (N, features), in the shape that y had: (N,) or (N, targets).

        Raises what `inputs` does.
        """
        found = self._unscaled(self.outputs(X))
        return found.reshape(-1) if self._one_target else found

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _rows(self, X: Any, y: Any, sample_weight: Any, new: bool) -> Rows:
        x, y = validate_data(self, X, y, reset=new, dtype=FLOATS, multi_output=True, y_numeric=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        weights, targets = sample_weights(sample_weight, len(x)), y.reshape(len(x), -1)
        given = targets.shape[1]
        if not new and given != (known := len(self.target_scale_.mean)):
            raise ValueError(f"y has {given} targets for each row, the network was made for {known}")
        self._one_target = y.ndim == 1
        return Rows(x, targets, weights)

    def _begin(self, rows: Rows) -> None:
        super()._begin(rows)
        self.target_scale_ = self._scale(rows.target, rows.weights)

    def _unscaled(self, output: Tensor) -> Array:
        return self.target_scale_.unscaled(output.numpy()).astype(output.numpy().dtype)

    def _loss(self) -> Any:
        return MSELoss if self.criterion is None else self.criterion

    def _outputs_for(self, target: Array) -> int:
        return target.shape[1]

    def _targets(self, target: Array) -> Array:
        return self.target_scale_.scaled(target).astype(dtype_of(self.network_))

    def _judge(self, output: Tensor, rows: Rows) -> float:
        return float(r2_score(rows.target, self._unscaled(output), sample_weight=rows.weights))


def _check_partial(estimator: NetworkEstimator) -> None:
    if estimator.early_stopping:
        raise ValueError("partial_fit does not support early_stopping=True: set rows aside yourself, and call score")
