"""Writes that are recorded: the history of a tensor after one, of what it is a view of, and of other views of that.

A write is an op. The tensor's node becomes that of the value written. A write through a view becomes "the base, with
this region replaced" on the base; the view itself, and every other view of the base, is brought up to date when it is
next looked at (`follow`): it becomes a selection of the base as it is now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import primitives as p
from ..core import writes
from ..core.engine import Node, Traced, node_of, record, recording, wrap
from ..core.forward import of_one
from ..core.listening import Hooks
from ..core.ops import OPS, Op

if TYPE_CHECKING:
    from .tensor import Tensor


item = of_one(OPS[p.getitem], views=True)  # x[index], for an index of NumPy's


def base_of(tensor: Any) -> Any:
    """The tensor whose memory `tensor` shows: itself, if it is no view."""
    while (parent := getattr(tensor, "_parent", None)) is not None:
        tensor = parent
    return tensor


def refuse(name: str, x: Tensor) -> None:
    """Raise RuntimeError if a write to `x` that is recorded has no meaning: nothing has been changed then."""
    base, node = base_of(x), node_of(x)
    root = node_of(base)
    if base is not x and repeats(base._array):
        raise RuntimeError(f"{name}: a write through a view of memory that repeats cannot be recorded: clone() it")
    new = f"make a new tensor: x = x.{name[:-1]}(...)" if name.endswith("_") else "write to a clone()"
    cure = f"write under `with autograd.no_grad():`, or {new}"
    constant = node is None and root is None  # until something that requires grad is written to it
    if not constant and (base is not x if root is None else not root.edges):
        leaf = base is x or (node is not None and not node.edges)
        what = "a leaf Variable that" if leaf else "a view of a leaf Variable that"
        raise RuntimeError(f"{name}: {what} requires grad is being used in an in-place operation. Instead, {cure}")
    if base is not x and node is None and not constant:
        raise RuntimeError(
            f"{name}: A view was created in no_grad mode and is being modified inplace with grad mode enabled. Make "
            "the view and write to it either both under no_grad or both outside"
        )
    view: Any = x
    while view is not base:
        if isinstance(view._parent_node, Several):
            raise RuntimeError(
                f"{name}: Output of {view._parent_node.name} is a view and is being modified inplace. This view is one "
                f"of several that a function returned, or of a part of one; {cure}"
            )
        view = view._parent


class Several:
    """In the place of a view's `_parent_node`: that node, and the function that returned the view among others."""

    def __init__(self, node: Any, name: str) -> None:
        self.node, self.name = node, name


def one_of_several(view: Any, name: str) -> Any:
    """`view`, marked as one of several results of a function, which are not to be written to while recording."""
    view._parent_node = Several(view._parent_node, name)
    return view


def alone(view: Any) -> Any:
    """`view`, as a tensor of its own: what it is a view of, a function made on its way, and nobody else has."""
    view._parent = None
    return view


def history(key: Any, inputs: tuple[Any, ...], out: Any, **options: Any) -> Node:
    """The node of the value `out` that the op `key` would compute of `inputs`, of which a tensor is in a graph."""
    op: Op = OPS[key]
    traced = [x if isinstance(x, Traced) else wrap(x) for x in inputs]
    plan = op.plans[sum(1 << i for i, x in enumerate(traced) if x._node is not None)]
    data = [x._data for x in traced]
    edges = tuple([traced[i]._node for i in plan.needed])
    return record(plan, edges, plan.keep(*data, out, **options), data, out, traced[0]._hooks)


def became(x: Tensor, node: Node) -> None:
    """`node` made the value that now stands in the memory of `x`."""
    base = base_of(x)
    if base is not x:
        value = wrap(x._data, node)
        succeed(base, history(p.replace, (base, value), base._array, index=region(x._array, base._array)))
    else:
        succeed(x, node)
    writes.rewritten = True
    x._follow()


def succeed(x: Any, node: Node) -> None:
    """Make `node` the one of `x`. Its gradient stays; if it is retained, that of the new value is from now on."""
    before, x._node = x._node, node
    if before is None:
        node.grad = getattr(x, "_grad", None)
        return
    node.grad, hooks = before.grad, before.hooks
    if hooks is not None and hooks.retain:
        node.hooks = hooks
        if hooks is not x._hooks:  # those that all results of its class start with
            node.hooks, hooks.retain = Hooks(hooks.retain), False


def since(node: Node | None, start: int) -> list[Node]:
    """The nodes that `node` was computed by which are younger than the stamp `start`, and itself; the oldest first."""
    found = {node} if node is not None and node.stamp > start else set()
    waiting = list(found)
    while waiting:
        for edge in waiting.pop().edges:
            if edge.stamp > start and edge not in found:
                found.add(edge)
                waiting.append(edge)
    return sorted(found, key=lambda made: made.stamp)


def to_be_overwritten(nodes: list[Node], array: Any, others: tuple[Any, ...]) -> dict[int, Any]:
    """Copies, by id, of what `nodes` saved of the memory of `array`, which is about to be written to.

    What belongs to `others`, the arguments of the write, is left alone: backward refuses it, as PyTorch's.
    """
    given = [array, *(x._data for x in others if isinstance(x, Traced))]
    saved = [value for node in nodes for value in node.saved or () if isinstance(value, np.ndarray)]
    return {
        id(value): value.copy()
        for value in saved
        if writes.owner(value) is writes.owner(array)
        and (np.may_share_memory(value, array) or not array.size)
        and not any(value is x for x in given)
    }


def settled(node: Node, standing: dict[int, Any], array: Any) -> Node:
    """`node`, made before a write to `array`, as it is after it.

    What it saved gives way to what is `standing` for it, by id. If nothing else that it saved has been overwritten, it
    counts as made now.
    """
    others = [value for value in node.saved or () if id(value) not in standing]
    node.saved = tuple([standing.get(id(value), value) for value in node.saved or ()])
    if not any(isinstance(v, np.ndarray) and writes.owner(v) is writes.owner(array) for v in others):
        node.stamp = writes.tick()
    return node


def follow(self: Any) -> None:
    """Bring the node of a view up to date: where its parent was written to since, it is a selection of the base.

    Raises RuntimeError for a view that was made under no_grad, or was one of several.
    """
    chain = []
    tensor = self
    while (parent := getattr(tensor, "_parent", None)) is not None:
        chain.append(tensor)
        tensor = parent
    for view in reversed(chain):
        now, mark = view._parent._node, view._parent_node
        was = mark.node if isinstance(mark, Several) else mark
        if now is was or now is None:  # or the parent has been detached, which is no write
            continue
        if isinstance(mark, Several) or (was is not None and view._node is None):
            made = f"as one of several that {mark.name} returned" if isinstance(mark, Several) else "in no_grad mode"
            raise RuntimeError(
                f"A view was created {made} and its base or another view of its base has been modified inplace with "
                "grad mode enabled: make the view anew"
            )
        succeed(view, selection(view, tensor))
        view._parent_node = now


def selection(view: Any, base: Any) -> Node:
    """The node of a view, as a selection of its base."""
    if not base.ndim:
        return history(np.broadcast_to, (base,), view._data, shape=view.shape)
    return history(p.getitem, (base,), view._data, index=region(view._array, base._array))


def region(view: Any, base: Any) -> Any:
    """Which elements of the array `base` the array `view` shows: an index of one array of integers for each dimension.

    By their addresses, taken apart by the strides of the base, the largest first. Of elements that share a place the
    first counts.
    """
    if not base.ndim:
        return (None,) * view.ndim if view.size else np.zeros((), bool)
    start = np.lib.array_utils.byte_bounds(base)[0]
    places = np.full(view.shape, view.__array_interface__["data"][0] - start, np.int64)
    for axis, (n, stride) in enumerate(zip(view.shape, view.strides, strict=True)):
        places += (np.arange(n) * stride).reshape((n,) + (1,) * (view.ndim - axis - 1))
    index: list[Any] = [np.zeros(view.shape, np.int64)] * base.ndim
    if not view.size:
        return tuple(index)
    for axis in sorted(range(base.ndim), key=lambda a: -abs(base.strides[a])):
        n, stride = base.shape[axis], base.strides[axis]
        if n > 1 and stride:
            index[axis], places = np.divmod(places, abs(stride))
            if stride < 0:
                index[axis] = n - 1 - index[axis]
    return tuple(index)


def recorded(x: Tensor, *others: Any) -> bool:
    """Whether a write to x that involves others is to be recorded: integers and bools have no gradient."""
    return (
        recording.get()
        and x.is_floating_point()
        and any(isinstance(t, Traced) and node_of(t) is not None for t in (base_of(x), x, *others))
    )


def shared(a: Any, b: Any) -> str:
    """How much memory two arrays without gaps share: "all" of it, in the same order, "some", or none: ""."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)) or not a.size or not b.size:
        return ""
    if a is b:
        return "all"
    if writes.owner(a) is not writes.owner(b):
        return ""
    (i, j), (k, m) = (np.lib.array_utils.byte_bounds(x) for x in (a, b))
    if j - i != a.nbytes or m - k != b.nbytes or i >= m or k >= j:
        return ""
    return "all" if (i, j) == (k, m) and a.ndim == b.ndim and _steps(a) == _steps(b) else "some"


def repeats(array: Any) -> bool:
    """Whether several elements share a place."""
    if 0 not in array.strides or not array.size:
        return False
    return any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True))


def once(x: Any) -> Any:
    """`x`, or if several of its elements share a place, a view of the first of each."""
    if not repeats(x._array):
        return x
    strides = x._array.strides
    return item(x, tuple([slice(None if s or n == 1 else 1) for n, s in zip(x.shape, strides, strict=True)]))


def _steps(array: Any) -> list[tuple[int, int]]:
    """The lengths and strides of an array, but for the dimensions of length 1."""
    return [(n, s) for n, s in zip(array.shape, array.strides, strict=True) if n > 1]
