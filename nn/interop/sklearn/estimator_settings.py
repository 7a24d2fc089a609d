"""The settings of an estimator, as scikit-learn wants them: kept as they were given, read and changed by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, Self

from sklearn.base import BaseEstimator

from ...layers.activation import ReLU
from ...module import Module
from ...optim import Adam
from .named_parts import check_options, is_option, options_of


class EstimatorSettings(BaseEstimator):
    """Base class of the estimators: what they can be told, which `ChalkClassifier` explains."""

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
        random_state: Any = None,
        warm_start: bool = False,
        verbose: bool = False,
        doctor: bool = False,
        **parts: Any,
    ) -> None:
        self.module, self.hidden_layer_sizes, self.activation = module, hidden_layer_sizes, activation
        self.criterion, self.optimizer, self.lr, self.batch_size = criterion, optimizer, lr, batch_size
        self.max_iter, self.tol, self.n_iter_no_change = max_iter, tol, n_iter_no_change
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.shuffle, self.standardize, self.random_state = shuffle, standardize, random_state
        self.warm_start, self.verbose, self.doctor = warm_start, verbose, doctor
        self.__dict__.update(parts)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name, those of the network, the loss and the optimizer (`module__hidden`) among them."""
        return {**super().get_params(deep), **self._parts()}

    def set_params(self, **params: Any) -> Self:
        """Change settings; returns the estimator. Raises ValueError for a name that it does not have."""
        super().set_params(**{name: value for name, value in params.items() if not is_option(name)})
        self.__dict__.update({name: value for name, value in params.items() if is_option(name)})
        return self

    def _parts(self) -> dict[str, Any]:
        """The settings beyond those in the signature: none that training has left, and nothing private."""
        named = self._get_param_names()
        return {
            name: value
            for name, value in self.__dict__.items()
            if name not in named and not name.startswith("_") and not name.endswith("_")
        }

    def _options(self, part: str) -> dict[str, Any]:
        return options_of(part, self.__dict__)

    def _check_settings(self) -> None:
        """Raise TypeError for an unknown setting, ValueError for a number out of its range.

        That is for `fit` to do: scikit-learn wants settings to be kept unchecked, so that they can be copied.
        """
        check_options(type(self).__name__, self._parts())
        for name, (fits, expected) in NUMBERS.items():
            value = getattr(self, name)
            if not fits(value):
                raise ValueError(f"{type(self).__name__}: expected {name} to be {expected}, given {value!r}")


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1


def _sizes(value: Any) -> bool:
    return _whole(value) or (not isinstance(value, str | Integral) and all(map(_whole, value)))


NUMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "hidden_layer_sizes": (_sizes, "a whole number of 1 or more for each hidden layer"),
    "batch_size": (lambda value: _whole(value) or value == "auto", "a whole number of 1 or more, or 'auto'"),
    "max_iter": (_whole, "a whole number of epochs, 1 or more"),
    "n_iter_no_change": (lambda value: value is None or _whole(value), "a whole number of epochs, 1 or more, or None"),
    "tol": (lambda value: isinstance(value, Real) and float(value) >= 0, "a number of 0 or more"),
    "validation_fraction": (lambda value: isinstance(value, Real) and 0 < float(value) < 1, "between 0 and 1"),
}
