"""Ops and their derivative rules: what is in the table, and how a rule's signature says what to keep.

An `Op` is a function with one rule per input. Its `Plan`s are worked out from the rules' signatures, once, so that
nothing need be listed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, partial
from itertools import repeat
from types import FunctionType
from typing import Any

import numpy as np

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
        self.foreign = (getattr(key, "__module__", None) or "numpy").partition(".")[0] not in ("numpy", "autograd")
        # Which inputs have a gradient, and so a say in the dtype of the result.
        self.counts: Iterable[bool] = repeat(True) if variadic else [rule is not None for rule in rules]
        self.plans: dict[int, Plan] = {}

    def plan(self, mask: int) -> Plan:
        """The plan for the case that exactly the inputs in the bits of `mask` want a gradient, made once."""
        if mask not in self.plans:
            self.plans[mask] = (VariadicPlan if self.variadic else Plan)(self, mask)
        return self.plans[mask]

    def __repr__(self) -> str:
        return f"<op {self.name}>"


class Plan:
    """What to keep in the forward pass and what to call in the backward pass, given which inputs need a gradient.

    For multiply with both needed, `keep` is `lambda x, y, out: (y, x)` and `pull` is
    `lambda g, y, x: (dx(g, y), dy(g, x))`.
    """

    def __init__(self, op: Op, mask: int) -> None:
        self.op = op
        self.needed = [i for i in range(len(op.inputs)) if mask >> i & 1 and op.rules[i]]
        rules: list[Any] = [op.rules[i] for i in self.needed]
        reads = [[n for n in parameters(rule) if n != "g"] for rule in rules]
        self.reads = list(dict.fromkeys(name for names in reads for name in names))
        self._scope = {f"d{i}": rule for i, rule in enumerate(rules)}
        self._calls = [f"d{i}({', '.join(['g', *names])})" for i, names in enumerate(reads)]
        given = ", ".join([*op.inputs, "out", *op.options])
        values = "".join(f"{name.replace('_shape', '.shape')}, " for name in self.reads)
        self._names = ", ".join(["g", *self.reads])
        pulled = "".join(f"{call}, " for call in self._calls)
        self.keep, self.pull = eval(f"(lambda {given}: ({values}), lambda {self._names}: ({pulled}))", self._scope)
        self.whole = len(self.needed) == len(op.inputs)  # no input is a plain number or array
        self.frees = any(name in op.inputs or name == "out" for name in self.reads)

    @cached_property
    def each(self) -> list[Callable[..., Any]]:
        """`pull` by parts, one for every needed input."""
        return [eval(f"lambda {self._names}: {call}", self._scope) for call in self._calls]

    def tensors(self, node: Any, wrap: Callable[[Any, Any], Any]) -> list[Any]:
        """What `node` saved, each input and `out` joined again to the node it belongs to."""
        edges = dict(zip(self.needed, node.edges, strict=True))
        saved = []
        for name, value in zip(self.reads, node.saved, strict=True):
            if name == "out":
                value = wrap(value, node)
            elif name in self.op.inputs and value is not None and type(value) not in NUMBERS:
                value = wrap(value, edges.get(self.op.inputs.index(name)))
            saved.append(value)
        return saved


class VariadicPlan(Plan):
    """The plan of an op on a list of inputs: the rule is called once for every index that needs a gradient."""

    def __init__(self, op: Op, mask: int) -> None:
        self.op = op
        self.needed = [i for i in range(mask.bit_length()) if mask >> i & 1]
        (rule,) = op.rules
        self.names = [n for n in parameters(rule) if n not in ("g", "i")]
        self.reads = ["xs" if name == "others" else name for name in self.names]
        self.alone = self.needed[0] if "others" in self.names and len(self.needed) == 1 else None
        self.whole = True
        self.frees = "xs" in self.reads or "out" in self.reads
        self.each = [partial(self._one, rule, i) for i in self.needed]
        self.pull = lambda g, *saved: [one(g, *saved) for one in self.each]

    def _one(self, rule: Any, i: int, g: Any, *saved: Any) -> Any:
        given = [
            [x for j, x in enumerate(value) if j != i] if name == "others" else value
            for name, value in zip(self.names, saved, strict=True)
        ]
        return rule(g, i, *given)

    def keep(self, *values: Any, **options: Any) -> tuple[Any, ...]:
        *xs, out = values
        shapes = [np.shape(x) for x in xs]
        if self.alone is not None:
            xs[self.alone] = None
        given = {"xs": tuple(xs), "xs_shape": shapes, "out": out, **options}
        return tuple(given[name] for name in self.reads)

    def tensors(self, node: Any, wrap: Callable[[Any, Any], Any]) -> list[Any]:
        edges = dict(zip(self.needed, node.edges, strict=True))
        saved = dict(zip(self.reads, node.saved, strict=True))
        if "xs" in saved:
            saved["xs"] = [None if x is None else wrap(x, edges.get(i)) for i, x in enumerate(saved["xs"])]
        if "out" in saved:
            saved["out"] = wrap(saved["out"], node)
        return list(saved.values())


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

    Raises TypeError for a rule that names what it cannot be given.
    """
    op = Op(key, *rules, **settings)
    inputs = ("xs", "others", "i") if op.variadic else op.inputs
    known = ["g", "out", *inputs, *(f"{x}_shape" for x in op.inputs or ("xs",)), *op.options]
    for i, rule in enumerate(rules):
        for name in () if rule is None else parameters(rule):
            if name not in known:
                raise TypeError(f"rule {i} of {op.name} reads {name!r}, which is none of {', '.join(known)}")
    OPS[key] = op
    return op
