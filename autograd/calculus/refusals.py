"""Results that have no derivative here: they say so when one is asked for, and not before."""

from __future__ import annotations

from typing import Any

from ..core.ops import define
from ..core.primitive import primitive


@primitive
def without_derivative(x: Any, value: Any, why: str) -> Any:
    """`value`, computed from x in a way that has no derivative here, because of what `why` says."""
    return value


def refused(g: Any, why: str) -> Any:
    """No derivative: it raises."""
    raise NotImplementedError(f"the derivative for {why}")


define(without_derivative, refused)
