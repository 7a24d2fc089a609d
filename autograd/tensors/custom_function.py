"""`Function`: an op of one's own as a class with `forward` and `backward`, as in PyTorch.

It stands beside `primitive` and `define`, for code that was written so. What the two methods see are tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from copy import copy
from functools import wraps
from math import prod
from typing import Any

import numpy as np

from ..core.dtypes import is_floating
from ..core.engine import Node, Traced, node_of, record, recording, wrap
from ..core.errors import kind_of
from ..core.modes import no_grad, set_grad_enabled
from ..core.ops import Op, Plan
from .rewriting import became, refuse


class Context:
    """What `forward` hands on to `backward`: tensors by `save_for_backward`, all else as attributes.

    `needs_input_grad` holds for each argument of `apply` whether a gradient is wanted; `saved_tensors`, in `backward`,
    what was saved.
    """

    needs_input_grad: tuple[bool, ...] = ()
    saved_tensors: tuple[Any, ...] = ()
    _kept: tuple[Any, ...] = ()
    _constant: tuple[Any, ...] = ()
    _written: tuple[Any, ...] = ()
    _recorded = False
    _zeros = True  # where no gradient arrives

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for `backward`; it raises RuntimeError if one has been written to in between."""
        for x in tensors:
            if not (x is None or isinstance(x, Traced)):
                raise TypeError(f"save_for_backward can only save tensors, got {kind_of(x)}: make it an attribute")
        self._kept = tensors

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """Say of outputs that they have no gradient; `backward` is given zeros for them."""
        self._constant = outputs

    def mark_dirty(self, *args: Any) -> None:
        """Say of arguments that `forward` writes to them; it must return them too.

        Raises RuntimeError for a leaf that requires grad, and for what else a recorded write refuses.
        """
        self._written = args
        if self._recorded:
            for x in args:
                refuse("mark_dirty", x)

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` is given zeros, or None, for an output that no gradient arrives at. Default: zeros."""
        self._zeros = value


class Function:
    """An op defined by two static methods.

    - `forward(ctx, *args)` computes a tensor, or a tuple of tensors; nothing is recorded there.
    - `backward(ctx, *gradients)`, given the gradient of each output, returns that of each argument: a tensor, or None.
      If it is made of operations on tensors, it can be differentiated in turn.

    `forward` may leave out `ctx`; then `setup_context(ctx, inputs, output)` is called after it. Call the op by
    `apply`, with arguments by position:

        class Exp(autograd.Function):
            @staticmethod
            def forward(ctx, x):
                out = x.exp()
                ctx.save_for_backward(out)
                return out

            @staticmethod
            def backward(ctx, g):
                (out,) = ctx.saved_tensors
                return g * out

        y = Exp.apply(x)
    """

    _op: Op

    def __init_subclass__(cls) -> None:
        cls._op = Op(cls, cls.backward, forward=cls, variadic=True)
        cls._op.foreign = True

    @staticmethod
    def forward(*args: Any) -> Any:
        """What the op computes; every subclass defines it."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The gradients of the arguments, given those of the outputs; every subclass defines it."""
        raise NotImplementedError("You must implement the backward function for custom autograd.Function.")

    setup_context: Callable[..., None] | None = None

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Compute the op, and record it if an argument requires grad.

        Raises TypeError for outputs that are no tensors, RuntimeError for an argument that was marked dirty and is no
        output.
        """
        ctx = Context()
        nodes = [node_of(x) if isinstance(x, Traced) else None for x in args]
        ctx.needs_input_grad = tuple([node is not None for node in nodes])
        ctx._recorded = recording.get() and any(ctx.needs_input_grad)
        with no_grad():
            if cls.setup_context is None:
                result = cls.forward(ctx, *args)
            else:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
        outs = list(result) if isinstance(result, tuple) else [result]
        for out in outs:
            if not isinstance(out, Traced):
                raise TypeError(f"{cls.__name__}.forward: expected to return tensors, got {kind_of(out)}")
        if not all(any(out is x for out in outs) for x in ctx._written):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        if ctx._recorded:
            outs = _recorded(cls._op, ctx, args, nodes, outs)
        return tuple(outs) if isinstance(result, tuple) else outs[0]


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """A `backward` that records nothing, so that going back through its result raises RuntimeError.

    Only by way of the gradients it was given, as in PyTorch: what it computed of saved tensors counts as constant.
    """

    @wraps(backward)
    def run(ctx: Any, *gradients: Any) -> Any:
        with no_grad():
            found = backward(ctx, *gradients)
        several = found if isinstance(found, tuple) else (found,)
        return tuple([None if x is None else _Once.apply(x, *gradients) for x in several])

    return run


def _recorded(op: Op, ctx: Context, args: Sequence[Any], nodes: list[Any], outs: list[Any]) -> list[Any]:
    """The outputs, joined to a node of the graph unless they have no gradient.

    Several are parts of one: the node is that of all of them in a row, in the widest of their dtypes.
    """
    constant = [any(out is x for x in ctx._constant) or not is_floating(out.dtype) for out in outs]
    moving = [out for out, fixed in zip(outs, constant, strict=True) if not fixed]
    if not moving:
        return outs
    kinds = None if len(moving) == 1 else [(out.shape, out.dtype) for out in moving]
    array = moving[0]._array if kinds is None else np.concatenate([out._array.ravel() for out in moving])
    plan = _FunctionPlan(op, ctx, [i for i, node in enumerate(nodes) if node is not None], kinds, outs, constant)
    plan.origins = [node_of(x) if isinstance(x, Traced) else None for x in ctx._kept]
    places = [next((k for k, out in enumerate(moving) if out is x), x) for x in ctx._kept]
    kept = tuple(x._data for x in ctx._kept if x is not None)
    written = ctx._written
    ctx._kept = ctx._constant = ctx._written = ()
    saved = kept, places, array if any(isinstance(x, int) for x in places) else None
    edges = tuple([nodes[i] for i in plan.needed])
    data = [x._data if isinstance(x, Traced) else x for x in args]
    found = iter(plan.parts(wrap(array, record(plan, edges, saved, data, array, None))))
    results = [out.detach() if fixed else next(found) for out, fixed in zip(outs, constant, strict=True)]
    for i, out in enumerate(outs):
        if kinds is not None and not ctx._zeros and not constant[i]:
            results[i].register_hook(lambda g, i=i: plan.arrived.add(i))
        if any(out is x for x in written) and not constant[i]:
            became(out, results[i]._node)
            results[i] = out
    return results


class _FunctionPlan(Plan):
    """One use of a Function. What is saved: the arrays, to be watched; what they belong to; and the output.

    What they belong to is a tensor or, of an output, its number: so nothing holds a node that holds it.
    """

    whole = frees = gaps = True
    origins: list[Any]  # the nodes of the tensors that are kept

    def __init__(
        self, op: Op, ctx: Context, needed: list[int], kinds: Any, outs: list[Any], constant: Sequence[bool]
    ) -> None:
        self.op, self.ctx, self.needed, self.kinds = op, ctx, needed, kinds
        self.reads = ["tensor", "places", "out"]
        self.zeros = [(out.shape, out.dtype) if fixed else None for out, fixed in zip(outs, constant, strict=True)]
        self.arrived = {constant.index(False)} if kinds is None else set()  # the outputs that a gradient came to

    def parts(self, whole: Any) -> Iterator[Any]:
        """The outputs that have a gradient, from the one that holds them all; or their gradients, likewise."""
        if self.kinds is None:
            yield whole
            return
        start = 0
        for shape, dtype in self.kinds:
            end = start + prod(shape)
            yield whole[start:end].reshape(shape).to(dtype)
            start = end

    def gradients(self, g: Any) -> Iterator[Any]:
        """That of each output: zeros, or None, where none arrived."""
        moving = self.parts(g)
        for i, fixed in enumerate(self.zeros):
            given = wrap(np.zeros(*fixed)) if fixed else next(moving)
            yield given if self.ctx._zeros or i in self.arrived else None
        if self.kinds is not None:
            self.arrived.clear()

    def pull(self, g: Any, kept: Any, places: list[Any], out: Any) -> list[Any]:
        """The gradients of the inputs that are needed: `backward` on tensors, whatever the walk is made on."""
        backward: Any = self.op.rules[0]
        on_tensors = isinstance(g, Traced)
        with set_grad_enabled(on_tensors):
            outputs = list(self.parts(out if on_tensors else wrap(out))) if out is not None else []
            ctx = copy(self.ctx)
            ctx.saved_tensors = tuple([outputs[x] if isinstance(x, int) else x for x in places])
            found = backward(ctx, *self.gradients(g if on_tensors else wrap(g)))
        found = found if isinstance(found, tuple) else (found,)
        n = len(self.ctx.needs_input_grad)
        if len(found) < n or any(x is not None for x in found[n:]):
            raise RuntimeError(
                f"{self.op.name}.backward returned an incorrect number of gradients (expected {n}, got {len(found)})"
            )
        for i in self.needed:
            if not (found[i] is None or isinstance(found[i], Traced)):
                given = kind_of(found[i])
                raise RuntimeError(f"{self.op.name}.backward: expected Tensor or None as gradient {i}, got {given}")
        return [x if x is None or on_tensors else x._data for x in (found[i] for i in self.needed)]

    pull_wide = pull  # in 16 bits, as in PyTorch

    def part(self, node: Any, useful: Container[Any]) -> tuple[Plan, list[Any], list[Any]]:
        """The plan for those edges that are `useful`."""
        chosen = {i: edge for i, edge in zip(self.needed, node.edges, strict=True) if edge in useful}
        part = copy(self)
        part.needed = list(chosen)
        return part, list(chosen.values()), node.saved

    def tensors(self, node: Node, saved: Iterable[Any], wrap: Callable[[Any, Any], Any]) -> Iterator[Any]:
        """What was saved, the output joined to its node."""
        kept, places, out = saved
        tensors = [
            wrap(x._data, origin) if isinstance(x, Traced) and x._node is not origin else x  # from a second run
            for x, origin in zip(places, self.origins, strict=True)
        ]
        yield from (kept, tensors, None if out is None else wrap(out, node))


class _Once(Function):
    """The first argument, which must not be differentiated."""

    @staticmethod
    def forward(ctx: Any, x: Any, *causes: Any) -> Any:
        return x.detach()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
