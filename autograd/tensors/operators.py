"""Python's operators: a function for each, which a tensor has as a method of the operator's name."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..core.forward import of_two, reflected
from ..core.ops import OPS

if TYPE_CHECKING:
    from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def _operator(key: Callable[..., Any]) -> Callable[[F], F]:
    """The op `key` under the name, signature and docstring of a function; NotImplemented for what is no operand."""
    return lambda function: update_wrapper(of_two(OPS[key], operator=True), function)  # type: ignore[return-value]


def _reflected(key: Callable[..., Any]) -> Callable[[F], F]:
    """The same with the tensor on the right of a number or array."""
    return lambda function: update_wrapper(reflected(OPS[key]), function)  # type: ignore[return-value]


@_operator(np.add)
def plus(input: Tensor, other: Any) -> Tensor:
    """input + other, and other + input."""
    raise AssertionError


@_operator(np.subtract)
def minus(input: Tensor, other: Any) -> Tensor:
    """input - other."""
    raise AssertionError


@_operator(np.multiply)
def times(input: Tensor, other: Any) -> Tensor:
    """input * other, and other * input."""
    raise AssertionError


@_operator(np.divide)
def over(input: Tensor, other: Any) -> Tensor:
    """input / other."""
    raise AssertionError


@_operator(np.floor_divide)
def floor_over(input: Tensor, other: Any) -> Tensor:
    """input // other; its gradient is 0."""
    raise AssertionError


@_operator(np.remainder)
def modulo(input: Tensor, other: Any) -> Tensor:
    """input % other."""
    raise AssertionError


@_operator(np.power)
def to_the(input: Tensor, other: Any) -> Tensor:
    """input ** other."""
    raise AssertionError


@_operator(np.matmul)
def at(input: Tensor, other: Any) -> Tensor:
    """input @ other."""
    raise AssertionError


@_reflected(np.subtract)
def minus_from(input: Tensor, other: Any) -> Tensor:
    """other - input."""
    raise AssertionError


@_reflected(np.divide)
def over_from(input: Tensor, other: Any) -> Tensor:
    """other / input."""
    raise AssertionError


@_reflected(np.floor_divide)
def floor_over_from(input: Tensor, other: Any) -> Tensor:
    """other // input; its gradient is 0."""
    raise AssertionError


@_reflected(np.remainder)
def modulo_from(input: Tensor, other: Any) -> Tensor:
    """other % input."""
    raise AssertionError


@_reflected(np.power)
def to_the_from(input: Tensor, other: Any) -> Tensor:
    """other ** input."""
    raise AssertionError


@_reflected(np.matmul)
def at_from(input: Tensor, other: Any) -> Tensor:
    """other @ input."""
    raise AssertionError
