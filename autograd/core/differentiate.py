"""`backward` and `grad`: what the user calls to walk a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .engine import Traced, listeners, node_of, walk, wrap
from .listening import retain_grad
from .modes import enable_grad

if TYPE_CHECKING:
    from ..tensors.tensor import Tensor


def backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add dL/dx to the `.grad` of every leaf x that this tensor was computed from.

    Args:
        gradient: dL/d self, of this tensor's shape; 1 when the tensor has a single element.
        retain_graph: keep what was saved, so that backward can run again; default: create_graph.
        create_graph: record the gradient's own computation, for higher derivatives.
        inputs: the tensors whose `.grad` is wanted, leaves or not; default: all leaves.

    Raises:
        RuntimeError: the tensor requires no grad; it has several elements and no `gradient` is given; `gradient` has
            another shape; `inputs` is empty; the graph has been walked before; a saved value was changed in place
            since.
    """
    _require_graph([self])
    seed, nodes = _seed(self, gradient, 0, create_graph), None
    if inputs is not None:
        inputs = _list(inputs)
        nodes = _nodes(inputs, "backward")
        for x in inputs:
            retain_grad(x)
    _walk([self], [seed], nodes, retain_graph, create_graph, keep=True)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """The gradients of `outputs` with respect to `inputs`, one per input; no leaf's `.grad` is touched.

    With `allow_unused` some may be None, which the return type does not say, as in PyTorch.

    Args:
        outputs: the tensors to differentiate; their gradients add up.
        inputs: the tensors to differentiate with respect to, leaves or not.
        grad_outputs: dL/d output for each output, of its shape; 1 for an output with a single element.
        retain_graph: keep what was saved, so that the graph can be walked again; default: create_graph.
        create_graph: record the gradient's own computation, for higher derivatives.
        allow_unused: return None for an input that no output depends on, instead of raising.
        materialize_grads: return zeros instead of None.

    Raises:
        RuntimeError: as `backward`; an input requires no grad, or no output depends on it.
        ValueError: `materialize_grads` with `allow_unused=False`.
    """
    outs, ins = _list(outputs), _list(inputs)
    given = [None] * len(outs) if grad_outputs is None else _list(grad_outputs)
    if materialize_grads and allow_unused is False:
        raise ValueError("expected allow_unused to be True or not given with materialize_grads=True, got False")
    if len(given) != len(outs):
        raise RuntimeError(f"got {len(given)} grad_outputs for {len(outs)} outputs: expected one for each")
    _require_graph(outs)
    seeds = [_seed(out, g, i, create_graph) for i, (out, g) in enumerate(zip(outs, given, strict=True))]
    nodes = _nodes(ins, "grad")
    found = _walk(outs, seeds, nodes, retain_graph, create_graph, keep=False)
    results: list[Any] = []
    taken: set[int] = {id(seed) for seed in seeds}
    for x, node in zip(ins, nodes, strict=True):
        g = found.get(node)
        if g is None and not (allow_unused or materialize_grads):
            raise RuntimeError(
                f"One of the differentiated Tensors (input {len(results)}, shape {list(x.shape)}) appears to not have "
                "been used in the graph. Set allow_unused=True if this is the desired behavior"
            )
        if g is None:
            zeros = wrap(np.zeros(x.shape, x.dtype))
            results.append(zeros.requires_grad_(create_graph) if materialize_grads else None)
        else:
            if not isinstance(g, Traced):
                found[node] = wrap(g.copy() if id(g) in taken or g.base is not None else g)
                taken.add(id(g))
            results.append(found[node])
    return tuple(results)


def _list(xs: Any) -> list[Any]:
    return [xs] if isinstance(xs, Traced) else list(xs)


def _walk(outs: list[Tensor], seeds: Any, targets: Any, retain: bool | None, create_graph: bool, keep: bool) -> Any:
    for tell in listeners.backward_started:
        tell(outs)
    roots, retain = [node_of(out) for out in outs], create_graph if retain is None else retain
    with np.errstate(all="ignore"):
        if not create_graph:
            return walk(roots, seeds, targets, retain, None, keep)
        with enable_grad():
            return walk(roots, seeds, targets, retain, wrap, keep)


def _require_graph(outs: list[Tensor]) -> None:
    for i, out in enumerate(outs):
        if node_of(out) is None:
            raise RuntimeError(
                f"element {i} of tensors does not require grad and does not have a grad_fn: nothing it was computed "
                "from has requires_grad=True, or it was computed under no_grad() or after detach()"
            )


def _nodes(inputs: list[Tensor], name: str) -> list[Any]:
    if not inputs:
        raise RuntimeError(f"`inputs` argument to `{name}()` cannot be empty: name at least one tensor")
    for i, x in enumerate(inputs):
        if node_of(x) is None:
            raise RuntimeError(
                f"One of the differentiated Tensors (input {i}, shape {list(x.shape)}) does not require grad: make it "
                "with requires_grad=True before computing with it"
            )
    return [node_of(x) for x in inputs]


def _seed(output: Tensor, gradient: Any, i: int, create_graph: bool) -> Any:
    """dL/d output as an array, or as a tensor when the walk is to be recorded."""
    data = output._data
    if gradient is None:
        if data.size != 1:
            raise RuntimeError(
                f"grad can be implicitly created only for scalar outputs, got shape {list(data.shape)}: reduce it "
                "first (loss.mean(), loss.sum()) or pass the gradient of the output yourself"
            )
        seed = np.ones(data.shape, data.dtype) if data.shape else data.dtype.type(1)
    else:
        given = gradient._data if isinstance(gradient, Traced) else np.asarray(gradient)
        if given.shape != data.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {list(given.shape)} and output[{i}] has a shape "
                f"of {list(data.shape)}"
            )
        if create_graph and isinstance(gradient, Traced):
            return gradient
        seed = given.astype(data.dtype, copy=False)
    return wrap(seed) if create_graph else seed
