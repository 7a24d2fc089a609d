"""What all distributions share: shapes, checks of parameters and values, and what follows from other methods."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any, ClassVar, TypeVar

import autograd
from autograd import Size, Tensor

from .constraints import Constraint

Self = TypeVar("Self", bound="Distribution")
Shape = tuple[int, ...]


class Distribution:
    """Base class of probability distributions, of which there may be many in one object.

    The parameters are broadcast to `batch_shape`, one distribution for each place; a single sample has the shape
    `event_shape`. A subclass sets its parameters as attributes, names them in `arg_constraints`, gives its `support`,
    and defines what it can of the methods.

    Parameters and values are checked, unless validate_args=False: ValueError says what is wrong with them. What a
    distribution does not define raises NotImplementedError.
    """

    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    has_rsample: ClassVar[bool] = False
    has_enumerate_support: ClassVar[bool] = False
    validates: bool = __debug__

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self.validates = validate_args
        if self.validates:
            for name in self._given():
                value, constraint = getattr(self, name), self.arg_constraints[name]
                if not constraint.check(value).all():
                    raise ValueError(
                        f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of "
                        f"distribution {self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n"
                        f"{value}"
                    )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions made from now on check their arguments unless they are told. ValueError for no bool."""
        if value not in (True, False):
            raise ValueError(f"expected True or False, given {value!r}")
        Distribution.validates = value

    @property
    def batch_shape(self) -> Any:
        """The shape of the parameters: one distribution for each place."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of a single sample."""
        return self._event_shape

    @property
    def support(self) -> Constraint:
        """What values a sample can have."""
        raise self._lacks("support")

    @property
    def mean(self) -> Tensor:
        """The mean, of the shape batch_shape + event_shape."""
        raise self._lacks("mean")

    @property
    def mode(self) -> Tensor:
        """The most likely value, of the shape batch_shape + event_shape."""
        raise self._lacks("mode")

    @property
    def variance(self) -> Tensor:
        """The variance, of the shape batch_shape + event_shape."""
        raise self._lacks("variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation, the square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Samples of the shape sample_shape + batch_shape + event_shape, without a graph."""
        with autograd.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Samples of that shape, computed from the parameters, so that they have gradients."""
        raise self._lacks("rsample")

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the probability, or of the density, of `value`, which broadcasts with the batch."""
        raise self._lacks("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a sample of at most `value`."""
        raise self._lacks("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of `cdf`: below it lies a share `value` of all samples."""
        raise self._lacks("icdf")

    def entropy(self) -> Tensor:
        """The mean of -log_prob, of the shape batch_shape."""
        raise self._lacks("entropy")

    def perplexity(self) -> Tensor:
        """exp(entropy): as many equally likely values would be as uncertain."""
        return self.entropy().exp()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along a first dimension; the same for each place of the batch."""
        raise self._lacks("enumerate_support")

    def expand(self: Self, batch_shape: Sequence[int]) -> Self:
        """The same distribution repeated to another batch shape, by views of its parameters."""
        new = object.__new__(type(self))
        vars(new).update(vars(self))
        for name in self._tensors():
            value = getattr(self, name)
            setattr(new, name, value.expand(*batch_shape, *value.shape[len(self._batch_shape) :]))
        new._batch_shape = autograd.empty(batch_shape).shape
        return new

    def _given(self) -> list[str]:
        """The names of the parameters that the distribution was made of."""
        return [name for name in self.arg_constraints if name in vars(self)]

    def _tensors(self) -> list[str]:
        """All attributes that are tensors with the batch's dimensions first."""
        return [name for name, value in vars(self).items() if isinstance(value, Tensor)]

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Shape:
        return (*sample_shape, *self._batch_shape, *self._event_shape)

    def _check(self, value: Any) -> None:
        """Raise ValueError for a value that is no tensor, does not fit the shapes, or cannot be a sample."""
        if not self.validates:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        given, event = tuple(value.shape), tuple(self._event_shape)
        if given[len(given) - len(event) :] != event:
            raise ValueError(f"The right-most size of value must match event_shape: {given} vs {event}.")
        expected = self._extended_shape()
        if any(1 != i != j != 1 for i, j in zip(reversed(given), reversed(expected), strict=False)):
            raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {given} vs {expected}.")
        if not self.support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {given}) to be within the support "
                f"({self.support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def _lacks(self, what: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__} does not implement {what}")

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in self._given()}
        texts = (
            f"{name}: {value.size() if value.numel() != 1 else value if value.ndim else value.item()}"
            for name, value in shown.items()
        )
        return f"{type(self).__name__}({', '.join(texts)})"


def broadcast_all(*values: Tensor | float) -> list[Tensor]:
    """Numbers and tensors as tensors of one shape; a number takes the dtype of the tensors.

    Raises ValueError for anything else.
    """
    if not all(isinstance(value, Tensor | Number) for value in values):
        raise ValueError("Input arguments must all be instances of Number or Tensor")
    dtype = next((value.dtype for value in values if isinstance(value, Tensor)), autograd.get_default_dtype())
    tensors = (value if isinstance(value, Tensor) else autograd.tensor(value, dtype=dtype) for value in values)
    return list(autograd.broadcast_tensors(*tensors))


def sum_rightmost(value: Tensor, dims: int) -> Tensor:
    """The sum over the last dimensions, as many as said."""
    return value.flatten(-dims).sum(-1) if dims else value
