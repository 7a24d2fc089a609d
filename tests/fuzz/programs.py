"""A program: a list of steps of plain data. It runs in both libraries at once, and prints as Python for either."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

import autograd

from . import differences
from .operands import Slot, text_of, value_of
from .operations import BY_TEXT, OPERANDS, Operation

LARGEST = 120  # elements of a tensor that is kept
HUGE = 1e6  # beyond it, rounding and overflow depend on the order of the arithmetic
NAMES = "abcdefghijklmno".replace("m", "")
HEADER = "import autograd as m  # or: import torch as m; m.grad = m.autograd.grad\nfrom math import inf, nan\n"


class Torch:
    """torch, with the one name that our library has in another place."""

    grad = staticmethod(torch.autograd.grad)

    def __getattr__(self, name: str) -> Any:
        value = getattr(torch, name)
        setattr(self, name, value)
        return value


OURS, THEIRS = autograd, Torch()


class Step(NamedTuple):
    """One call: the line of the table, its operands, the variable that gets the result, and whether under no_grad."""

    operation: str
    operands: dict[str, Any]
    target: str
    quiet: bool = False

    def __str__(self) -> str:
        def operand(match: Any) -> str:
            drawn = self.operands[match[0]]
            key = match[0] == "key"
            text = text_of(drawn, key)
            alone = self.operation[: match.start()].rstrip().endswith(("(", ",", "[", "="))
            return text if alone or not text.startswith("-") else f"({text})"

        line = OPERANDS.sub(operand, self.operation)
        return line if BY_TEXT[self.operation].statement else f"{self.target} = {line}"


def listing(steps: list[Step]) -> str:
    """The program as Python."""
    lines, before = [], False
    for step in steps:
        if step.quiet and not before:
            lines.append("with m.no_grad():")
        lines.append("    " * step.quiet + str(step))
        before = step.quiet
    return "\n".join([HEADER, *lines])


class Difference(NamedTuple):
    operation: str
    kind: str
    ours: Any
    theirs: Any

    @property
    def message(self) -> str:
        """What the exceptions say, ours first."""
        return " | ".join(str(each) for each in (self.ours, self.theirs) if isinstance(each, Exception))

    @property
    def silent(self) -> bool:
        return not self.kind.startswith(("refused", "accepted", "error"))


class Twins:
    """A program while it runs in both libraries: the variables of each."""

    def __init__(self) -> None:
        self.ours: dict[str, Any] = {}
        self.theirs: dict[str, Any] = {}
        self.raised = False  # both libraries, in the last step

    def run(self, step: Step, thorough: bool = False) -> Difference | None:
        """Run one step in both libraries, and compare all that it made or may have changed; if thorough, everything."""
        operation = BY_TEXT[step.operation]
        theirs = attempt(operation, step, self.theirs, THEIRS)
        if differences.beyond_looking(theirs):
            theirs = RuntimeError("what torch returns is beyond looking")
        ours = attempt(operation, step, self.ours, OURS)
        if kind := self.compare(operation, step, ours, theirs, operation.writes or thorough):
            return Difference(step.operation, kind, ours, theirs)
        self.raised = isinstance(theirs, Exception)
        if not self.raised and keep(theirs):
            self.ours[step.target], self.theirs[step.target] = ours, theirs
        return None

    def compare(self, operation: Operation, step: Step, ours: Any, theirs: Any, everything: bool) -> str:
        mine, other = isinstance(ours, Exception), isinstance(theirs, Exception)
        if mine != other:
            return f"refused: {type(ours).__name__}" if mine else f"accepted: {type(theirs).__name__}"
        if mine:
            if not related(ours, theirs):
                return f"error: {type(ours).__name__} for {type(theirs).__name__}"
            found = everything and self.bystanders()
            return f"after an error, {found}" if found else ""
        operands = [self.theirs[a.name] for a in step.operands.values() if isinstance(a, Slot)]
        if operation.family == "backward":
            found = differences.difference(ours, theirs, self.theirs.values(), differences.ROUGH)
        else:
            found = differences.difference(ours, theirs, [*operands, theirs])
        found = found or self.identity(step, ours, theirs)
        if not found and everything and isinstance(theirs, torch.Tensor):
            found = differences.gradients(ours, theirs, self.theirs.values())
        return found or (self.bystanders() if everything else "")

    def identity(self, step: Step, ours: Any, theirs: Any) -> str:
        """Whether the result, or a part of it, is one of the operands in both libraries, or in neither."""
        parts = list(zip(ours, theirs)) if isinstance(theirs, tuple | list) else [(ours, theirs)]
        for slot in (a for a in step.operands.values() if isinstance(a, Slot)):
            mine, other = self.ours[slot.name], self.theirs[slot.name]
            if any((a is mine) != (b is other) for a, b in parts if isinstance(b, torch.Tensor)):
                return "identity"
        return ""

    def pairs(self) -> dict[str, tuple[Any, Any]]:
        """All variables, but for those that torch does not let us look at."""
        for name in [name for name, theirs in self.theirs.items() if differences.beyond_looking(theirs)]:
            del self.ours[name], self.theirs[name]
        return {name: (self.ours[name], theirs) for name, theirs in self.theirs.items()}

    def bystanders(self) -> str:
        """The first difference among all variables and their gradients."""
        live = self.theirs.values()
        for ours, theirs in self.pairs().values():
            if found := differences.difference(ours, theirs, []):
                return f"another {found}"
            if isinstance(theirs, torch.Tensor) and (found := differences.gradients(ours, theirs, live)):
                return found
        return ""


def attempt(operation: Operation, step: Step, scope: dict[str, Any], m: Any) -> Any:
    """The result of a step, or the exception."""
    try:
        values = [value_of(step.operands[name], scope, m) for name in operation.operands]
        if step.quiet:
            with m.no_grad():
                return operation.call(m, *values)
        return operation.call(m, *values)
    except Exception as error:
        return error


def related(a: Exception, b: Exception) -> bool:
    return isinstance(a, type(b)) or isinstance(b, type(a))


def keep(result: Any) -> bool:
    """Whether a result becomes a variable: tensors of moderate size and numbers, and tuples of such."""
    if isinstance(result, tuple | list):
        return 0 < len(result) < 9 and all(map(keep, result))
    if not isinstance(result, torch.Tensor) or result.numel() > LARGEST or result.ndim > 4:
        return False
    if not result.is_floating_point():
        return True
    sizes = np.abs(result.detach().numpy())
    return not ((sizes > HUGE) & (sizes < np.inf)).any()
