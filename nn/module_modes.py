"""To use a model without training it, and leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import autograd

from .module import Module


@contextmanager
def evaluating(model: Module) -> Iterator[Module]:
    """Within, the model is in evaluation mode and nothing is recorded; then every module is in the mode it was in."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        with autograd.no_grad():
            yield model.eval()
    finally:
        for module, mode in modes:
            module.training = mode
