"""Ops and their derivative rules: what is in the table, and how a rule's signature says what to keep.

An `Op` is a function with one rule per input. Its `Plan`s are worked out once, from the signatures of its rules, so
that nothing need be listed twice.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import repeat
from types import FunctionType
from typing import Any

import numpy as np

from .errors import check_rules
from .narrow_blocks import pulled
from .writes import LIBRARY

NUMBERS = (float, int, bool)
REQUIRED = object()  # stands for the default value of an option that has none

# An op's name in messages, drawings and grad_fn, where PyTorch's is not NumPy's.
NAMES: dict[Any, str] = {
    np.multiply: "mul", np.subtract: "sub", np.divide: "div", np.power: "pow", np.negative: "neg", np.absolute: "abs",
    np.arcsin: "asin", np.arccos: "acos", np.arctan: "atan", np.arctan2: "atan2", np.arcsinh: "asinh",
    np.arccosh: "acosh", np.arctanh: "atanh", np.clip: "clamp", np.rint: "round", np.max: "amax", np.min: "amin",
    np.transpose: "permute", np.broadcast_to: "expand", np.tile: "repeat", np.concatenate: "cat", np.copy: "clone",
}  # fmt: skip


class Op:
    """A function of arrays with one derivative rule per differentiable input.

    `key` is the public function (NumPy's own, or a primitive), `forward` what computes it on arrays. A rule names what
    it reads: g, out, inputs x, y, z, w (or `x_shape`), and options of the op. With `variadic`, the one rule takes the
    index `i` of an input and the list `xs` of all, or `others`, all but that one.
    """

    def __init__(
        self,
        key: Callable[..., Any],
        *rules: Callable[..., Any] | None,
        forward: Callable[..., Any] | None = None,
        variadic: bool = False,
        name: str | None = None,
    ) -> None:
        self.key, self.rules, self.variadic = key, rules, variadic
        self.forward: Any = forward or getattr(key, "forward", key)
        self.name = name or NAMES.get(key) or key.__name__.strip("_")
        plain = isinstance(self.forward, FunctionType)
        options = list(parameters(self.forward).items())[1 if variadic else len(rules) :] if plain else []
        self.options = tuple(option for option, _ in options)
        self.defaults = {option: value for option, value in options if value is not REQUIRED}
        self.inputs = "" if variadic else "xyzw"[: len(rules)]
        # A rule from outside may return an array that it keeps a hold of.
        self.foreign = (getattr(key, "__module__", None) or "numpy").partition(".")[0] not in ("numpy", *LIBRARY)
        # Which inputs have a gradient, and so a say in the dtype of the result.
        self.counts: Iterable[bool] = repeat(True) if variadic else [rule is not None for rule in rules]
        self.arity = len(rules) + len(self.options) if all(rules) and not variadic else None  # of the short form
        self.plans = Plans(self)

    def arguments(self, inputs: list[Any]) -> list[Any]:
        """The inputs as `forward` takes them: one by one or, if it is variadic, as one list."""
        return [inputs] if self.variadic else inputs

    def __repr__(self) -> str:
        return f"<op {self.name}>"


class Plan:
    """What to keep in the forward pass and what to call in the backward pass, given which inputs need a gradient.

    Both are functions made of the rules' signatures. For multiply with both inputs needed they read

        def keep(x, y, out):
            return (y, x,)

        def pull(g, y, x):
            return (dx(g, y), dy(g, x),)

    where dx and dy are the rules; a debugger shows this source.
    """

    def __init__(self, op: Op, mask: int) -> None:
        self.op = op
        needed = [i for i in range(mask.bit_length()) if mask >> i & 1]
        self.needed = needed if op.variadic else [i for i in needed if op.rules[i]]  # by position
        self.whole = op.variadic or len(self.needed) == len(op.inputs)  # no input is a plain number
        self.reads: list[str] = []
        source, scope = (self._variadic if op.variadic else self._fixed)()
        name = f"<the plan of {op.name} for the inputs {self.needed}>"
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        exec(compile(source, name, "exec"), scope)
        self.keep, self.pull = scope["keep"], scope["pull"]
        self.frees = any(name in (*op.inputs, "xs", "out") for name in self.reads)

    def pull_wide(self, g: Any, *saved: Any) -> Any:
        """`pull`, of 16-bit floats computed in float32: the engine rounds the gradients, once."""
        return pulled(self, g, saved)

    def _fixed(self) -> tuple[str, dict[str, Any]]:
        op = self.op
        rules = {f"d{op.inputs[i]}": op.rules[i] for i in self.needed}
        named = {d: [name for name in parameters(rule) if name != "g"] for d, rule in rules.items()}
        self.reads = list(dict.fromkeys(name for names in named.values() for name in names))
        kept = [f"{name[0]}.shape" if name[1:] == "_shape" else name for name in self.reads]
        calls = [f"{d}({', '.join(['g', *names])})" for d, names in named.items()]
        return self._source(_tuple(kept), _tuple(calls)), dict(rules)

    def _variadic(self) -> tuple[str, dict[str, Any]]:
        """The one rule is called once for every index that needs a gradient."""
        (rule,) = self.op.rules
        names = [name for name in parameters(rule) if name != "g"]
        self.reads = list(dict.fromkeys({"others": "xs"}.get(name, name) for name in names if name != "i"))
        kept = {"xs": "tuple(xs)", "xs_shape": "[np.shape(x) for x in xs]"}
        if "others" in names and len(self.needed) == 1:  # it is not among its own others
            kept["xs"] = f"(*xs[:{self.needed[0]}], None, *xs[{self.needed[0] + 1} :])"
        call = f"dx({', '.join(['g', *names])})".replace("others", "xs[:i] + xs[i + 1 :]")
        kept_source = _tuple(kept.get(name, name) for name in self.reads)
        return self._source(kept_source, f"[{call} for i in {self.needed}]"), {"dx": rule, "np": np}

    def _source(self, kept: str, pulled: str) -> str:
        given = ", ".join([*(self.op.inputs or ["xs"]), "out", *self.op.options])
        return (
            f"def keep({given}):\n    return {kept}\n\n"
            f"def pull({', '.join(['g', *self.reads])}):\n    return {pulled}\n"
        )

    def part(self, node: Any, useful: Container[Any]) -> tuple[Plan, list[Any], list[Any]]:
        """The plan for those edges of `node` that are `useful`; these edges; and what it reads of the saved values."""
        chosen = {i: edge for i, edge in zip(self.needed, node.edges, strict=True) if edge in useful}
        part, values = self.op.plans[sum(1 << i for i in chosen)], node.saved_values
        return part, list(chosen.values()), [values[name] for name in part.reads]

    def tensors(self, node: Any, saved: Iterable[Any], wrap: Callable[[Any, Any], Any]) -> Iterator[Any]:
        """What was saved, with each input and `out` joined again to the node that it belongs to."""
        edges = dict(zip(node.plan.needed, node.edges, strict=True))
        for name, value in zip(self.reads, saved, strict=True):
            if name == "xs":
                yield tuple([None if x is None else wrap(x, edges.get(i)) for i, x in enumerate(value)])
            elif name == "out":
                yield wrap(value, node)
            elif name in self.op.inputs and value is not None and value.__class__ not in NUMBERS:
                yield wrap(value, edges.get(self.op.inputs.index(name)))
            else:
                yield value


def _tuple(parts: Iterable[str]) -> str:
    """The source of a tuple."""
    return f"({''.join(f'{part}, ' for part in parts).rstrip()})"


class Plans(dict[int, Plan]):
    """The plans of an op, by the inputs that need a gradient, as bits; each is made when it is first asked for."""

    def __init__(self, op: Op) -> None:
        self.op = op

    def __missing__(self, mask: int) -> Plan:
        plan = self[mask] = Plan(self.op, mask)
        return plan


def parameters(function: Any) -> dict[str, Any]:
    """The names of a function's parameters, with their default values or REQUIRED."""
    if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        from inspect import signature  # which knows every callable, and takes its time

        given = signature(function).parameters.values()
        return {p.name: REQUIRED if p.default is p.empty else p.default for p in given}
    code, values = function.__code__, function.__defaults__ or ()
    n = code.co_argcount
    names = code.co_varnames[: n + code.co_kwonlyargcount]
    last = dict(zip(names[n - len(values) : n], values, strict=True))
    return {**dict.fromkeys(names, REQUIRED), **last, **(function.__kwdefaults__ or {})}


OPS: dict[Callable[..., Any], Op] = {}


def define(key: Callable[..., Any], *rules: Callable[..., Any] | None, **settings: Any) -> Op:
    """Put an op into the table: its function, then one rule per input (None: that input has no gradient).

    `settings` are those of `Op`. Raises TypeError for an input without a rule or a rule without an input, for a rule
    that names what it cannot be given, or for more than four inputs that are not `variadic`.
    """
    op = Op(key, *rules, **settings)
    check_rules(op, parameters)
    OPS[key] = op
    return op
