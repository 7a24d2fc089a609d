"""Ops and their derivative rules: what is in the table, and how a rule's signature says what to keep.

An `Op` is a function with one rule per input. Its `Plan`s are worked out from the rules' signatures, once, so that
nothing need be listed twice.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np

NUMBERS = (float, int, bool)


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
        self.forward = forward or getattr(key, "forward", key)
        self.name = name or key.__name__.strip("_")
        self.options = defaults(self.forward, 1 if variadic else len(rules))
        self.inputs = "" if variadic else "xyzw"[: len(rules)]
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
        reads = [[n for n in inspect.signature(rule).parameters if n != "g"] for rule in rules]
        self.reads = list(dict.fromkeys(name for names in reads for name in names))
        scope = {f"d{i}": rule for i, rule in enumerate(rules)}
        calls = [f"d{i}({', '.join(['g', *names])})" for i, names in enumerate(reads)]
        given = ", ".join([*op.inputs, "out", *op.options])
        values = "".join(f"{name.replace('_shape', '.shape')}, " for name in self.reads)
        names = ", ".join(["g", *self.reads])
        self.keep = eval(f"lambda {given}: ({values})")
        self.pull = eval(f"lambda {names}: ({''.join(f'{call}, ' for call in calls)})", scope)
        self.each = [eval(f"lambda {names}: {call}", scope) for call in calls]
        self.frees = any(name in op.inputs or name == "out" for name in self.reads)

    def tensors(self, node: Node, wrap: Callable[[Any, Any], Any]) -> list[Any]:
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
        self.names = [n for n in inspect.signature(rule).parameters if n not in ("g", "i")]
        self.reads = ["xs" if name == "others" else name for name in self.names]
        self.alone = self.needed[0] if "others" in self.names and len(self.needed) == 1 else None
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

    def tensors(self, node: Node, wrap: Callable[[Any, Any], Any]) -> list[Any]:
        edges = dict(zip(self.needed, node.edges, strict=True))
        saved = dict(zip(self.reads, node.saved, strict=True))
        if "xs" in saved:
            saved["xs"] = [None if x is None else wrap(x, edges.get(i)) for i, x in enumerate(saved["xs"])]
        if "out" in saved:
            saved["out"] = wrap(saved["out"], node)
        return list(saved.values())


def defaults(key: Callable[..., Any], arity: int) -> dict[str, Any]:
    """The options of a function, which are its parameters after the first `arity`, with their default values."""
    if isinstance(key, np.ufunc) or not inspect.isfunction(key):
        return {}
    return {p.name: p.default for p in list(inspect.signature(key).parameters.values())[arity:]}


OPS: dict[Callable[..., Any], Op] = {}


def define(key: Callable[..., Any], *rules: Callable[..., Any] | None, **settings: Any) -> Op:
    """Put an op into the table: its function, then one rule per input (None: that input has no gradient)."""
    OPS[key] = op = Op(key, *rules, **settings)
    return op
