"""Hooks on backward passes, and observers that are told of every op."""

from .core.hooks import Hooks, RemovableHandle, before_backward, observe, register_backward_hook

__all__ = ["Hooks", "RemovableHandle", "before_backward", "observe", "register_backward_hook"]
