"""What both estimators share: a network is made for the rows of a table, and trained on them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from numbers import Integral
from threading import RLock
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

import autograd
from autograd import Generator, Tensor

from ...callbacks import Callback, EarlyStopping, Run
from ...history import History
from ...module import Module
from ...optim import Optimizer
from ...train.evaluation import predict
from ...train.trainer import Trainer
from .estimator_settings import EstimatorSettings
from .named_parts import dtype_of, made_criterion, made_network, made_optimizer
from .standard_scale import StandardScale
from .weighted_rows import WeightedRows

Array = np.ndarray[Any, Any]
PREDICTED_AT_ONCE = 1024  # rows
FLOATS = np.float64, np.float32  # the dtypes of X that are kept, and the network computes in
DRAWING = RLock()  # networks draw from one generator: in threads they are trained one after another


class Rows(NamedTuple):
    """Inputs (N, k), targets (N, …), and weights (N,) unless all rows count the same."""

    x: Array
    target: Array
    weights: Array | None

    def at(self, index: Array) -> Rows:
        """Some of the rows."""
        return Rows(self.x[index], self.target[index], None if self.weights is None else self.weights[index])


class NetworkEstimator(EstimatorSettings):
    """Base class of the estimators; a subclass says what the targets are, and what a network's outputs mean.

    After training `network_` is the network, in evaluation mode, `optimizer_` its optimizer, and `history_` has a row
    of figures for each epoch. The network is given `inputs(X)`, which `input_scale_` has standardized.
    """

    network_: Module
    optimizer_: Optimizer
    history_: History
    input_scale_: StandardScale
    n_features_in_: int

    @property
    def n_iter_(self) -> int:
        """The number of epochs that the network was trained for."""
        return len(self.history_)

    @property
    def loss_curve_(self) -> list[float]:
        """The training loss of each epoch."""
        return self.history_["loss"]

    @property
    def loss_(self) -> float:
        """The training loss of the last epoch."""
        return self.history_[-1]["loss"]

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score on the validation rows after each epoch; None without early stopping."""
        return self.history_["valid_score"] if "valid_score" in self.history_.columns else None

    @property
    def best_validation_score_(self) -> float | None:
        """The best of the validation scores; None without early stopping."""
        scores = self.validation_scores_
        return None if scores is None else max(scores)

    def inputs(self, X: Any) -> Tensor:
        """What the network is given for the rows of X (N, features): standardized, and in the network's dtype.

        Raises NotFittedError before training; ValueError for other columns than in training, and for missing values.
        """
        check_is_fitted(self)
        return self._inputs(validate_data(self, X, reset=False, dtype=FLOATS))

    def outputs(self, X: Any) -> Tensor:
        """What the network answers to the rows of X (N, features): (N, outputs).

        Raises what `inputs` does, and ValueError for answers that are not finite.
        """
        x = self.inputs(X)
        found = predict(self.network_, x, PREDICTED_AT_ONCE)
        if not found.isfinite().all():
            raise ValueError(
                f"{type(self).__name__}: the network answers with numbers that are not finite: train it anew"
            )
        return found

    def _inputs(self, x: Array) -> Tensor:
        return autograd.as_tensor(self.input_scale_.scaled(x).astype(dtype_of(self.network_)))

    # -- what a subclass says -----------------------------------------------------------------------------------------

    def _loss(self) -> Any:
        """The criterion, chosen or by default."""
        raise NotImplementedError

    def _outputs_for(self, target: Array) -> int:
        """The number of outputs that the network needs."""
        raise NotImplementedError

    def _targets(self, target: Array) -> Array:
        """What the loss compares the network's outputs with."""
        raise NotImplementedError

    def _judge(self, output: Tensor, rows: Rows) -> float:
        """The score of the network's outputs for some rows."""
        raise NotImplementedError

    # -- training -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _as_before_if_refused(self) -> Iterator[None]:
        """Undo what was set on the estimator if an error ends the training; an interrupt leaves what was learned."""
        before = dict(self.__dict__)
        try:
            yield
        except Exception:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _goes_on(self) -> bool:
        """Whether `fit` goes on with the network that is there."""
        return self.warm_start and hasattr(self, "network_")

    def _train(self, rows: Rows, epochs: int, new: bool, partial: bool = False) -> Self:
        """Train for some epochs a `new` network, or the one that is there; `partial` is a part of a longer training."""
        random = check_random_state(self.random_state)
        if rows.weights is not None:
            rows = rows.at(rows.weights > 0)
            if not len(rows.x):
                raise ValueError(f"{type(self).__name__}: all weights are zero, so there is nothing to learn from")
        valid = None
        if self.early_stopping:
            rows, valid = self._split(rows, random)
        with self._drawing(Generator().manual_seed(random.randint(2**31 - 1)).get_state() if new else self._drawn):
            if new:
                self._begin(rows)
            if new or not partial:
                options = {"lr": self.lr, **self._options("optimizer")}
                self.optimizer_ = made_optimizer(self.optimizer, self.network_, options)
            self._run(rows, valid, epochs, partial)
        return self

    def _split(self, rows: Rows, random: Any) -> tuple[Rows, Rows]:
        """The rows to train on, and those to stop by: the share of each class, rounded up, but never its only row."""
        groups = rows.target if hasattr(self, "classes_") else np.zeros(len(rows.x))
        held = np.zeros(len(rows.x), bool)
        for group in np.unique(groups):
            members = random.permutation(np.flatnonzero(groups == group))
            held[members[: min(ceil(self.validation_fraction * len(members)), len(members) - 1)]] = True
        if (found := held.sum()) < 2:
            raise ValueError(
                f"early_stopping: validation_fraction={self.validation_fraction} of n_samples={len(held)} leaves "
                f"{found} to stop by, expected 2 or more: raise it, or give more rows"
            )
        return rows.at(~held), rows.at(held)

    @contextmanager
    def _drawing(self, state: Any) -> Iterator[None]:
        """Let networks draw from this state on, and keep where they end; others' random numbers go on undisturbed."""
        with DRAWING:
            before = autograd.get_rng_state()
            autograd.set_rng_state(state)
            try:
                yield
            finally:
                self._drawn = autograd.get_rng_state()
                autograd.set_rng_state(before)

    def _begin(self, rows: Rows) -> None:
        """Make the network, and learn the scale of its inputs from the rows to train on."""
        columns, sizes = rows.x.shape[1], self.hidden_layer_sizes
        hidden = [int(sizes)] if isinstance(sizes, Integral) else list(sizes)  # type: ignore[arg-type]
        self.network_ = made_network(
            self.module, self._options("module"), columns, self._outputs_for(rows.target), hidden, self.activation,
            rows.x.dtype,
        )  # fmt: skip
        self.input_scale_ = self._scale(rows.x, rows.weights)
        self.history_ = History()

    def _scale(self, columns: Array, weights: Array | None) -> StandardScale:
        return StandardScale.of(columns, weights) if self.standardize else StandardScale.none(columns.shape[1])

    def _run(self, rows: Rows, valid: Rows | None, epochs: int, partial: bool) -> None:
        size = min(200, len(rows.x)) if self.batch_size == "auto" else int(self.batch_size)
        x, target = self._inputs(rows.x).numpy(), self._targets(rows.target)
        batches = WeightedRows(x, target, rows.weights, size, self.shuffle)
        loss = made_criterion(self._loss(), self._options("criterion"), rows.weights is not None)
        stops = [] if partial else self._stops(valid, epochs)
        trainer = Trainer(callbacks=[*stops, Added(self.history_)], progress=self.verbose, doctor=self.doctor)
        try:
            trainer.fit(self.network_, batches, None, epochs, self.optimizer_, loss)
        finally:
            self.network_.eval()
        if not (partial or trainer.run.stopping or self.n_iter_no_change is None):
            warnings.warn(
                f"{type(self).__name__}: all {epochs} epochs are over, and training has not converged: raise max_iter, "
                "or say with n_iter_no_change=None that so many epochs are meant",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _stops(self, valid: Rows | None, epochs: int) -> list[Callback]:
        """What ends training early: the score on the validation rows or, without them, the loss."""
        patience = int(self.n_iter_no_change or epochs)
        if valid is not None:
            score = ValidationScore(self._inputs(valid.x), lambda output: self._judge(output, valid))
            return [score, EarlyStopping("valid_score", patience, self.tol, "max")]
        if self.n_iter_no_change is None:
            return []
        return [EarlyStopping("loss", patience, self.tol, restore_best=False)]


class ValidationScore(Callback):
    """Adds to each row of the history the score of the network's outputs for the inputs of the validation rows."""

    def __init__(self, x: Tensor, score: Callable[[Tensor], float]) -> None:
        self.x, self.score = x, score

    def on_epoch_end(self, run: Run) -> None:
        run.row["valid_score"] = self.score(predict(run.model, self.x, PREDICTED_AT_ONCE))


class Added(Callback):
    """Adds the rows of a training to the history of those before it, and goes on counting epochs and steps."""

    def __init__(self, history: History) -> None:
        self.history = history
        last = history[-1] if history else {"epoch": 0, "step": 0}
        self.epochs, self.steps = last["epoch"], last["step"]

    def on_epoch_end(self, run: Run) -> None:
        self.history.append({**run.row, "epoch": self.epochs + run.epoch, "step": self.steps + run.step})
