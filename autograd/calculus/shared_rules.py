"""Ops with one rule for all inputs, where the gradient of each takes most of the work that the others take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.errors import check_rules
from ..core.ops import OPS, Op, Plan, Plans, parameters


class _SharedPlan(Plan):
    """A plan that calls the rule once, and hands on those of its gradients that are needed."""

    def __init__(self, op: Op, mask: int) -> None:
        super().__init__(op, mask)
        rule, needed = op.rules[self.needed[0]] if self.needed else None, self.needed

        def pull(g: Any, *saved: Any) -> list[Any]:
            gradients = rule(g, *saved)  # type: ignore[misc]
            return [gradients[i] for i in needed]

        self.pull = pull


class _SharedPlans(Plans):
    """The plans of an op with one rule."""

    def __missing__(self, mask: int) -> Plan:
        plan = self[mask] = _SharedPlan(self.op, mask)
        return plan


def define_shared(key: Callable[..., Any], rule: Callable[..., Any], inputs: int) -> Op:
    """Put an op into the table whose one rule returns the gradients of all its inputs, as many as `inputs` says.

    The rule reads what its signature names, as those of `define` do: g first, then inputs, `out` and options. Raises
    TypeError as `define`.
    """
    op = Op(key, *[rule] * inputs)
    check_rules(op, parameters)
    op.plans = _SharedPlans(op)
    OPS[key] = op
    return op
