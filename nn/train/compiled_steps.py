"""What a Trainer computes in a step, as functions that are compiled: they reach the model, the loss, the optimizer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import autograd
from autograd import Tensor

from ..module import Module
from ..optim import Optimizer
from ..utils import clip_grad_norm_, clip_grad_value_, l1_penalty, l2_penalty
from .evaluation import averages


def penalized(model: Module, loss: Tensor, share: float, mean: bool, l1: float, l2: float) -> Tensor:
    """What backward starts from: a batch's `share` of the loss of a step, if that is a mean, and of the penalties."""
    if mean and share != 1:
        loss = loss * share
    if l1:
        loss = loss + l1 * share * l1_penalty(model.parameters())
    if l2:
        loss = loss + l2 / 2 * share * l2_penalty(model.parameters())
    return loss


class CompiledSteps:
    """The steps of one run, compiled: `gradients` of a batch, then `update`."""

    def __init__(
        self,
        model: Module,
        loss: Callable[[Any, Any], Tensor],
        optimizer: Optimizer,
        penalties: tuple[float, float],
        clip: tuple[float | None, float | None],
        backend: str | bool,
    ) -> None:
        (l1, l2), (norm, value), mean = penalties, clip, averages(loss)

        def gradients(share: float, target: Any, *inputs: Any) -> tuple[Tensor, Tensor]:
            output = model(*inputs)
            found = loss(output, target)
            penalized(model, found, share, mean, l1, l2).backward()
            return output, found

        def update() -> None:
            if norm is not None:
                clip_grad_norm_(model.parameters(), norm)
            if value is not None:
                clip_grad_value_(model.parameters(), value)
            optimizer.step()

        compiled = partial(autograd.compile, backend=None if backend is True else backend)
        self.gradients, self.update = compiled(gradients), compiled(update)
