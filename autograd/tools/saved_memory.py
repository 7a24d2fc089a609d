"""What a graph keeps in memory: the arrays that its rules will read, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import numpy as np

from ..core.engine import Traced, node_of, reachable
from ..core.writes import owner
from ..tensors.tensor import Tensor
from .graph_facts import tensor_of


def saved_bytes(root: Tensor | Iterable[Tensor], without: Tensor | Iterable[Tensor] = ()) -> int:
    """How many bytes the graph of `root`, a tensor or several, keeps for backward.

    A buffer counts once, however many nodes saved it, and with its full size, even if they saved only a view of it:
    this is what becomes free when the graph does. Not counted is what would be there anyway: the leaves, which are a
    network's parameters, and the tensors `without`, such as the batch. Numbers (0-d results) are Python objects and
    count nothing. The result is 0 for a tensor without a graph, and after `backward` has freed it.

    Raises TypeError for anything but tensors.

    >>> x = autograd.ones(1000, requires_grad=True)
    >>> autograd.saved_bytes(x.exp().sum()), autograd.saved_bytes((x + x).sum())
    (4000, 0)
    """
    roots, given = _tensors(root), _tensors(without)
    nodes = reachable(node for tensor in roots if (node := node_of(tensor)) is not None)
    held = memory_of_leaves(node for node in nodes if not node.edges) | memory_of(given)
    return size(nodes, held)


def size(nodes: Iterable[Any], held: Collection[int] = ()) -> int:
    """The bytes of the `buffers` of nodes."""
    return sum(buffer.nbytes for _, buffer in buffers(nodes, held))


def buffers(nodes: Iterable[Any], held: Collection[int] = ()) -> Iterator[tuple[Any, np.ndarray[Any, Any]]]:
    """Each array that owns memory which nodes keep, once, with the first of them that does.

    `held` are the ids of those that do not count.
    """
    met = set(held)
    for node in nodes:
        if node.op is not None:
            context = getattr(node.plan, "ctx", None)  # of a Function, which may have arrays for attributes
            for array in arrays((node.saved, context and vars(context))):
                memory = owner(array)
                if id(memory) not in met:
                    met.add(id(memory))
                    yield node, memory


def arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays in a value: itself, that of a tensor, those in tuples, lists and dicts."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Traced):
        yield from arrays(value._data)
    elif isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from arrays(part)


def memory_of(*values: Any) -> set[int]:
    """The ids of the arrays that own the memory of the `arrays` in values."""
    return {id(owner(array)) for array in arrays(values)}


def memory_of_leaves(leaves: Iterable[Any]) -> set[int]:
    """The same for those leaves whose tensors are alive."""
    return memory_of([tensor_of(leaf) for leaf in leaves])


def _tensors(given: Any) -> list[Any]:
    tensors = [given] if isinstance(given, Traced) else list(given)
    for x in tensors:
        if not isinstance(x, Traced):
            raise TypeError(f"saved_bytes: expected tensors, got {type(x).__name__}")
    return tensors
