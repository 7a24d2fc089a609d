"""Looking in from outside: hooks on gradients, observers that are told of every op, and the graph that they see."""

from .core.early_leaves import hasten
from .core.engine import Leaf, Node, node_of, reachable
from .core.leaf_arrays import with_gradients
from .core.listening import RemovableHandle, add_hook, observe, register_backward_hook
from .core.writes import user_line, wrote
from .tools.saved_tensors import saved_tensors_hooks

__all__ = [
    "Leaf", "Node", "RemovableHandle", "add_hook", "hasten", "node_of", "observe", "reachable",
    "register_backward_hook", "saved_tensors_hooks", "user_line", "with_gradients", "wrote",
]  # fmt: skip
