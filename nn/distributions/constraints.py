"""What values a parameter or a sample may have: each constraint is one test of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import autograd
from autograd import Tensor

Bound = Tensor | float


@dataclass(frozen=True, repr=False)
class Constraint:
    """A test of values, and the words for it; `event_dim` dimensions on the right are tested as a whole."""

    words: str
    test: Callable[[Tensor], Tensor]
    is_discrete: bool = False
    event_dim: int = 0

    def check(self, value: Tensor) -> Tensor:
        """For each value, or each event of `event_dim` dimensions, whether it fulfils the constraint."""
        with autograd.no_grad():
            return self.test(value)

    def __repr__(self) -> str:
        return self.words


def greater_than(lower_bound: Bound) -> Constraint:
    """Numbers above a bound."""
    return Constraint(f"GreaterThan(lower_bound={_text(lower_bound)})", lambda v: v > lower_bound)


def less_than(upper_bound: Bound) -> Constraint:
    """Numbers below a bound."""
    return Constraint(f"LessThan(upper_bound={_text(upper_bound)})", lambda v: v < upper_bound)


def greater_than_eq(lower_bound: Bound) -> Constraint:
    """Numbers that are not below a bound."""
    return Constraint(f"GreaterThanEq(lower_bound={_text(lower_bound)})", lambda v: v >= lower_bound)


def interval(lower_bound: Bound, upper_bound: Bound) -> Constraint:
    """Numbers between two bounds, or equal to one of them."""
    words = f"Interval(lower_bound={_text(lower_bound)}, upper_bound={_text(upper_bound)})"
    return Constraint(words, lambda v: (v >= lower_bound) & (v <= upper_bound))


def integer_interval(lower_bound: int, upper_bound: int) -> Constraint:
    """Whole numbers from one bound to the other, both included."""
    words = f"IntegerInterval(lower_bound={lower_bound}, upper_bound={upper_bound})"
    return Constraint(words, lambda v: (v % 1 == 0) & (v >= lower_bound) & (v <= upper_bound), is_discrete=True)


def independent(base: Constraint, reinterpreted_batch_ndims: int) -> Constraint:
    """Events of so many more dimensions, all of whose parts fulfil the constraint."""
    n = reinterpreted_batch_ndims
    return replace(
        base,
        words=f"IndependentConstraint({base!r}, {n})",
        test=lambda v: base.test(v).flatten(-n).all(-1) if n else base.test(v),
        event_dim=base.event_dim + n,
    )


def _text(bound: Bound) -> str:
    return str(bound.item() if isinstance(bound, Tensor) and bound.ndim == 0 else bound)


def _on_the_simplex(v: Tensor) -> Tensor:
    return (v >= 0).all(-1) & ((v.sum(-1) - 1).abs() < 1e-6)


def _lower_cholesky(v: Tensor) -> Tensor:
    return (autograd.tril(v) == v).flatten(-2).all(-1) & (v.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


def _positive_definite(v: Tensor) -> Tensor:
    symmetric = ((v - v.transpose(-2, -1)).abs() <= 1e-6 + 1e-5 * v.abs()).flatten(-2).all(-1)
    return symmetric & _has_cholesky(v)


def _has_cholesky(v: Tensor) -> Tensor:
    matrices = v.reshape(-1, *v.shape[-2:])
    found = []
    for i in range(len(matrices)):
        try:
            autograd.linalg.cholesky(matrices[i])
        except autograd.linalg.LinAlgError:
            found.append(False)
        else:
            found.append(True)
    return autograd.tensor(found, dtype=autograd.bool).reshape(v.shape[:-2])


real = Constraint("Real()", lambda v: v == v)
positive = greater_than(0.0)
nonnegative = greater_than_eq(0.0)
unit_interval = interval(0.0, 1.0)
boolean = Constraint("Boolean()", lambda v: (v == 0) | (v == 1), is_discrete=True)
nonnegative_integer = Constraint(
    "IntegerGreaterThan(lower_bound=0)", lambda v: (v % 1 == 0) & (v >= 0), is_discrete=True
)
simplex = Constraint("Simplex()", _on_the_simplex, event_dim=1)
real_vector = independent(real, 1)
lower_cholesky = Constraint("LowerCholesky()", _lower_cholesky, event_dim=2)
positive_definite = Constraint("PositiveDefinite()", _positive_definite, event_dim=2)
