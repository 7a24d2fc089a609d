"""Looking in from outside: hooks on gradients, observers that are told of every op, and the graph that they see."""

from .core.engine import Leaf, Node, node_of, reachable
from .core.listening import RemovableHandle, add_hook, observe, register_backward_hook
from .core.writes import user_line, wrote

__all__ = [
    "Leaf", "Node", "RemovableHandle", "add_hook", "node_of", "observe", "reachable", "register_backward_hook",
    "user_line", "wrote",
]  # fmt: skip
