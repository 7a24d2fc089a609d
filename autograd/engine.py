"""The engine: how a computation is recorded, and how it is walked backward. No maths lives here.

An `Op` is a function with its derivative rules. A `Node` is one use of an op: it knows the nodes that its inputs came
from (`edges`) and keeps exactly the values that its rules name in their signatures. `walk` visits every node once,
after all the gradients that flow into it have been added up.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Sequence
from contextvars import Context, ContextVar
from functools import partial, wraps
from typing import Any

import numpy as np

from . import dtypes, writes
from .errors import explain, freed
from .shapes import Shape, unbroadcast

new = object.__new__
NUMBERS = (float, int, bool)
OPERANDS = (*NUMBERS, np.ndarray, np.generic)

# Whether operations are recorded, in this thread and this coroutine: False, True, or the recorder of `detect_anomaly`.
recording: ContextVar[Any] = ContextVar("recording", default=True)


class _Quiet(threading.local):
    """`quiet.run(f, x)` calls f(x) with NumPy's floating-point warnings off, for a twentieth of np.errstate's cost."""

    def __init__(self) -> None:
        context = Context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


quiet = _Quiet()


class Traced:
    """A value, and the node that made it (None when no gradient is wanted). `Tensor` is built on it."""

    __slots__ = ("__weakref__", "_data", "_node")
    _data: Any
    _node: Any
    _result: type[Traced]  # the class of what is computed from it
    _hooks: Any = None  # the hooks that its result's node starts with


class Leaf:
    """Where the walk ends: collects the gradient of a tensor that nothing computed."""

    __slots__ = ("__weakref__", "dtype", "grad", "hooks", "shape")
    edges = saved = ()
    written = 0
    plan = None

    def __init__(self, shape: Shape, dtype: np.dtype[Any]) -> None:
        self.shape, self.dtype = shape, dtype
        self.hooks: Any = None
        self.grad: Any = None


class Node:
    """One use of an op: the plan of its rules, the nodes its gradients go to, and the values that the rules read."""

    __slots__ = ("__weakref__", "dtype", "edges", "grad", "hooks", "plan", "saved", "shape", "written")
    plan: Plan

    def name(self) -> str:
        """The name of the backward function, as in PyTorch: 'MulBackward'."""
        return "".join(part.capitalize() for part in self.plan.op.name.split("_")) + "Backward"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that the gradients go to, each paired with 0, as in PyTorch."""
        return tuple((edge, 0) for edge in self.edges)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


# -- rules ------------------------------------------------------------------------------------------------------------


class Op:
    """A function of arrays with one derivative rule per differentiable input.

    `key` is the public function (NumPy's own, or a primitive), `forward` what computes it on arrays. A rule names what
    it reads: g, out, inputs x, y, z, w (or `x_shape`), and options of the op. `every` is one rule giving the gradients
    of all `arity` inputs at once; with `variadic`, the one rule takes the index `i` of an input and the list `xs` of all,
    or `others`, all but that one.
    """

    def __init__(
        self,
        key: Callable[..., Any],
        *rules: Callable[..., Any] | None,
        forward: Callable[..., Any] | None = None,
        every: Callable[..., Any] | None = None,
        arity: int = 0,
        variadic: bool = False,
        name: str | None = None,
    ) -> None:
        self.key, self.rules, self.every, self.variadic = key, rules, every, variadic
        self.forward = forward or getattr(key, "forward", key)
        self.name = name or key.__name__.strip("_")
        self.options = defaults(self.forward, 1 if variadic else len(rules) or arity)
        self.inputs = "" if variadic else "xyzw"[: len(rules) or arity]
        self.plans: dict[Any, Plan] = {}

    def plan(self, needed: tuple[bool, ...]) -> Plan:
        """The plan for the case that exactly the `needed` inputs want a gradient, made once."""
        if needed not in self.plans:
            self.plans[needed] = (VariadicPlan if self.variadic else Plan)(self, needed)
        return self.plans[needed]

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def primitive(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make an op of a function of arrays that NumPy lacks; its rules are given to `define`.

    Called on plain arrays it is the function itself; when an input is a tensor, it is recorded.
    """
    names = tuple(inspect.signature(function).parameters)

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        op = OPS.get(call)
        if op is None:
            raise NotImplementedError(f"{function.__name__} has no rule: call define({function.__name__}, ...) first")
        n = len(op.inputs) or 1
        inputs = args[0] if op.variadic else args[:n]
        if not any(isinstance(x, Traced) for x in inputs):
            return function(*args, **options)
        given = dict(zip(names[n:], args[n:], strict=False))
        return apply(op, inputs, {**op.options, **given, **options})

    call.forward = function  # type: ignore[attr-defined]
    return call


class Plan:
    """What to keep in the forward pass and what to call in the backward pass, given which inputs need a gradient.

    For multiply with both needed, `keep` is `lambda x, y, out: (y, x)` and `pull` is
    `lambda g, y, x: (dx(g, y), dy(g, x))`.
    """

    def __init__(self, op: Op, needed: tuple[bool, ...]) -> None:
        self.op = op
        self.needed = [i for i, wanted in enumerate(needed) if wanted and (op.every or op.rules[i])]
        rules: list[Any] = [op.every] if op.every else [op.rules[i] for i in self.needed]
        reads = [[n for n in inspect.signature(rule).parameters if n != "g"] for rule in rules]
        self.reads = list(dict.fromkeys(name for names in reads for name in names))
        scope = {f"d{i}": rule for i, rule in enumerate(rules)}
        calls = [f"d{i}({', '.join(['g', *names])})" for i, names in enumerate(reads)]
        given = ", ".join([*op.inputs, "out", *op.options])
        values = "".join(f"{name.replace('_shape', '.shape')}, " for name in self.reads)
        names = ", ".join(["g", *self.reads])
        self.keep = eval(f"lambda {given}: ({values})")
        self.pull = eval(f"lambda {names}: ({', '.join(calls)},)" if not op.every else f"lambda {names}: {calls[0]}", scope)
        self.each = None if op.every else [eval(f"lambda {names}: {call}", scope) for call in calls]
        self.frees = any(name in op.inputs or name == "out" for name in self.reads)

    def tensors(self, node: Node, wrap: Callable[[Any, Any], Any]) -> list[Any]:
        """What `node` saved, each input and `out` joined again to the node it belongs to."""
        edges = dict(zip(self.needed, node.edges, strict=True))
        saved = []
        for name, value in zip(self.reads, node.saved, strict=True):
            if name == "out":
                value = wrap(value, node)
            elif name in self.op.inputs and type(value) not in NUMBERS:
                value = wrap(value, edges.get(self.op.inputs.index(name)))
            saved.append(value)
        return saved


class VariadicPlan(Plan):
    """The plan of an op on a list of inputs: the rule is called once for every index that needs a gradient."""

    def __init__(self, op: Op, needed: tuple[bool, ...]) -> None:
        self.op = op
        self.needed = [i for i, wanted in enumerate(needed) if wanted]
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


# -- forward ----------------------------------------------------------------------------------------------------------


def record(plan: Plan, edges: tuple[Any, ...], saved: tuple[Any, ...], out: Any, hooks: Any) -> Node:
    """A node for the result `out`."""
    node = new(Node)
    node.plan, node.edges, node.saved, node.hooks, node.grad = plan, edges, saved, hooks, None
    node.shape, node.dtype, node.written = out.shape, out.dtype, writes.count
    return node


def unary(op: Op) -> Callable[[Any], Any]:
    """`op` on one tensor: the short form of `apply`."""
    forward, plan = op.forward, op.plan((True,))

    def call(x: Any) -> Any:
        try:
            data = x._data
            out = quiet.run(forward, data)
        except (AttributeError, TypeError, ValueError):
            return apply(op, (x,), {})
        if out.dtype is not data.dtype:
            return apply(op, (x,), {})
        result = new(x._result)
        result._data = out
        edge = x._node
        if edge is None or not (mode := recording.get()):
            result._node = None
            return result
        result._node = node = record(plan, (edge,), plan.keep(data, out), out, x._hooks)
        if mode is not True:
            mode.recorded(node, (data,), out)
        return result

    return call


def binary(op: Op, operator: bool = False) -> Callable[[Any, Any], Any]:
    """`op` on a tensor and a tensor or number: the short form of `apply`.

    As an `operator` it gives NotImplemented for what is no operand, so that Python asks the other side.
    """
    forward, both, left, right = op.forward, op.plan((True, True)), op.plan((True, False)), op.plan((False, True))

    def call(x: Any, y: Any) -> Any:
        a, xn = x._data, x._node
        kind = y.__class__
        if kind is x.__class__ or isinstance(y, Traced):
            b, yn = y._data, y._node
            same = a.dtype is b.dtype
        elif kind is float or kind is int:
            b, yn, same = y, None, True
        elif operator and not isinstance(y, OPERANDS):
            return NotImplemented
        else:
            return apply(op, (x, y), {})
        try:
            out = quiet.run(forward, a, b)
        except (ValueError, TypeError, OverflowError):
            same = False
        if not same or out.dtype is not a.dtype:
            return apply(op, (x, y), {})
        result = new(x._result)
        result._data = out
        if xn is None and yn is None or not (mode := recording.get()):
            result._node = None
            return result
        if yn is None:
            plan, edges = left, (xn,)
        elif xn is None:
            plan, edges = right, (yn,)
        else:
            plan, edges = both, (xn, yn)
        result._node = node = record(plan, edges, plan.keep(a, b, out), out, x._hooks)
        if mode is not True:
            mode.recorded(node, (a, b), out)
        return result

    return call


def apply(op: Op, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """`op` on any inputs (tensors, arrays, numbers) with options: the general form.

    Inputs of different dtypes are brought to the one that PyTorch would choose.
    """
    first = next((x for x in inputs if isinstance(x, Traced)), None)
    if first is None:
        raise TypeError(
            f"{op.name}(): argument 'input' (position 1) must be Tensor, not {type(inputs[0]).__name__}: "
            "make one with autograd.tensor(...)"
        )
    data = [x._data if isinstance(x, Traced) else x.item() if isinstance(x, np.generic) else x for x in inputs]
    try:
        data, out = evaluate(op, data, options)
    except (ValueError, TypeError, IndexError, OverflowError, np.linalg.LinAlgError) as error:
        raise explain(op, data, options, error) from error
    result = new(first._result)
    result._data, result._node = out, None
    if mode := recording.get():
        nodes = [x._node if isinstance(x, Traced) else None for x in inputs]
        if any(nodes):
            plan = op.plan(tuple(node is not None for node in nodes))
            edges = tuple(nodes[i] for i in plan.needed)
            if edges:
                saved = plan.keep(*data, out, **options)
                result._node = record(plan, edges, saved, out, first._hooks)
                if mode is not True:
                    mode.recorded(result._node, data, out)
    return result


def evaluate(op: Op, data: list[Any], options: dict[str, Any]) -> tuple[list[Any], Any]:
    """The inputs in their common dtype, and the value of `op` on them."""
    chosen = [i for i in range(len(data)) if op.variadic or op.every or op.rules[i]]
    kinds = {x.dtype for i in chosen if hasattr(x := data[i], "dtype")}
    if len(kinds) > 1 or any(type(data[i]) in NUMBERS for i in chosen):
        _cast(data, chosen, dtypes.result_type(*(data[i] for i in chosen)))
    out = quiet.run(op.forward, *([data] if op.variadic else data), **options)
    if out.dtype == np.int8 and all(data[i].dtype == bool for i in chosen if hasattr(data[i], "dtype")):
        out = out.astype(np.int64)  # where NumPy counts bools in int8
    if out.dtype.kind == "f" and not any(dtypes.is_floating(data[i]) for i in chosen):
        _cast(data, chosen, dtypes.get_default_dtype())
        out = quiet.run(op.forward, *([data] if op.variadic else data), **options)
    return data, out


def _cast(data: list[Any], chosen: Iterable[int], dtype: np.dtype[Any]) -> None:
    for i in chosen:
        if type(data[i]) not in NUMBERS:
            data[i] = data[i].astype(dtype, copy=False)


# -- backward ---------------------------------------------------------------------------------------------------------


def walk(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    targets: Iterable[Any] | None = None,
    retain_graph: bool = False,
    wrap: Callable[[Any, Any], Any] | None = None,
) -> dict[Any, Any]:
    """Carry `seeds`, the gradients of the nodes `roots`, back through the graph.

    The gradients are left in the leaves. When `targets` are given they are returned for these nodes instead, and only
    the paths that lead there are computed. With `wrap(array, node)`, which makes tensors of the saved values, the rules
    record themselves (create_graph); without it they run on plain arrays.

    Nothing is written on a node while the walk is under way, so a rule or a hook may start another one, and so may
    other threads; and nothing has changed when it refuses to start.
    """
    useful = None if targets is None else leading_to(roots, set(targets))
    pending = dict.fromkeys(roots, 0)  # for each node: how many gradients have yet to arrive
    stack = list(pending)
    while stack:
        node = stack.pop()
        if node.saved is None:
            raise freed(node)
        if node.written != writes.count:
            writes.verify(node)
        for edge in node.edges:
            if edge in pending:
                pending[edge] += 1
            elif useful is None or edge in useful:
                pending[edge] = 1
                stack.append(edge)

    grads: dict[Any, Any] = {}
    for root, seed in zip(roots, seeds, strict=True):
        grads[root] = grads[root] + seed if root in grads else seed
    borrowed = set(roots)  # leaves whose gradient is, so far, memory that somebody else may hold too
    found: dict[Any, Any] = {}
    anomaly = None if (mode := recording.get()) is True or mode is False else mode
    ready = [root for root in grads if not pending[root]]
    while ready:
        node = ready.pop()
        g = grads.pop(node, None)
        hooks = node.hooks
        if hooks is not None and g is not None:
            if hooks.functions:
                g = hooks(g, wrap is not None)
                borrowed.add(node)
            if hooks.retain and node.edges and targets is None:
                accumulate(node, g, borrowed=True)
        if targets is not None and node in targets:
            found[node] = g
        if not node.edges:
            if targets is None and g is not None:
                accumulate(node, g, node in borrowed)
            continue
        plan = node.plan
        saved = node.saved if wrap is None else plan.tensors(node, wrap)
        if g is None:
            pulled = [None] * len(node.edges)
        elif useful is None or plan.each is None:
            pulled = plan.pull(g, *saved)
        else:
            pulled = [rule(g, *saved) if e in useful else None for rule, e in zip(plan.each, node.edges, strict=True)]
        if anomaly is not None:
            anomaly.pulled(node, g, pulled)
        for edge, r in zip(node.edges, pulled, strict=True):
            if useful is not None and edge not in useful:
                continue
            if r is not None:
                try:
                    if r.shape != edge.shape:
                        r = fit(r, edge.shape, plan.op)
                    if r.dtype is not edge.dtype:
                        r = r.astype(edge.dtype)
                except AttributeError:
                    raise TypeError(f"the rule of {plan.op.name} returned {r!r}, expected an array") from None
                if edge in grads:
                    grads[edge] = grads[edge] + r
                    borrowed.discard(edge)
                else:
                    grads[edge] = r
                    if not edge.edges and lent(r, g, saved):
                        borrowed.add(edge)
            if pending[edge] == 1:
                ready.append(edge)
            else:
                pending[edge] -= 1
        if plan.frees and not retain_graph:
            node.saved = None
    return found


def leading_to(roots: Sequence[Any], targets: set[Any]) -> set[Any]:
    """The nodes below `roots` from which some target can be reached, the targets included."""
    users: dict[Any, list[Any]] = {root: [] for root in roots}
    stack = list(users)
    while stack:
        node = stack.pop()
        for edge in node.edges:
            if edge not in users:
                users[edge] = []
                stack.append(edge)
            users[edge].append(node)
    useful = {target for target in targets if target in users}
    stack = list(useful)
    while stack:
        for user in users[stack.pop()]:
            if user not in useful:
                useful.add(user)
                stack.append(user)
    return useful


def fit(r: Any, shape: Shape, op: Op) -> Any:
    """`r` summed to `shape` if it came of broadcasting; otherwise the rule is wrong, and says so."""
    tail = r.shape[len(r.shape) - len(shape) :]
    if len(tail) != len(shape) or any(n not in (1, m) for n, m in zip(shape, tail, strict=True)):
        raise RuntimeError(
            f"{op.name} returned an invalid gradient: got shape {list(r.shape)} but expected a shape compatible with "
            f"{list(shape)}, the shape of its input; the rule is wrong"
        )
    return unbroadcast(r, shape)


def lent(r: Any, g: Any, saved: Sequence[Any]) -> bool:
    """Whether the memory of the gradient `r` may also be somebody else's: the same array, a view, a saved value."""
    if isinstance(r, Traced):
        r, g, saved = r._data, g._data, [s._data if isinstance(s, Traced) else s for s in saved]
    return r is g or r.base is not None or any(r is s for s in saved)


def accumulate(node: Any, g: Any, borrowed: bool) -> None:
    """Add `g` to the gradient kept at `node`, which owns its memory: what is borrowed is copied."""
    old = node.grad
    if old is None:
        node.grad = g if not borrowed or isinstance(g, np.generic) else g.clone() if isinstance(g, Traced) else g.copy()
    elif isinstance(g, Traced):
        node.grad = old + g
    elif isinstance(old, Traced):
        writes.wrote(old._data)
        old._data += g
    else:
        node.grad += g
