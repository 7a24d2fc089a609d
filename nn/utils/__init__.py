"""What is done with a whole model: clip its gradients, lay its parameters in a row, add up their size, evaluate it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import autograd
from autograd import Tensor

from ..module import Module
from . import rnn as rnn
from .clipping_times import clipped
from .weight_norms import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "evaluating", "get_total_norm", "l1_penalty",
    "l2_penalty", "parameters_to_vector", "remove_spectral_norm", "remove_weight_norm", "rnn", "spectral_norm",
    "vector_to_parameters", "weight_norm",
]  # fmt: skip


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients in place so that together, as one vector, they are at most `max_norm` long.

    Returns the norm they had, of the order `norm_type`; `math.inf` is the largest absolute value. `foreach`, one of
    PyTorch's ways to compute the same, has no effect, as in the functions below. Raises ValueError for a `max_norm`
    that is NaN; RuntimeError, and changes nothing, if `error_if_nonfinite` and the norm is not finite.
    """
    if math.isnan(max_norm):
        raise ValueError("clip_grad_norm_: max_norm is NaN")
    tensors = _listed(parameters)
    total = get_total_norm(_grads(tensors), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(tensors, max_norm, total)
    return total


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm, of the order `norm_type`, of all tensors together as one vector.

    Raises RuntimeError if `error_if_nonfinite` and it is not finite.
    """
    tensors = _listed(tensors)
    if not tensors:
        return autograd.tensor(0.0)
    with autograd.no_grad():
        total = autograd.stack([tensor.norm(norm_type) for tensor in tensors]).norm(norm_type)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the gradients in place by max_norm / total_norm, if that is less than 1: their norm is `total_norm`."""
    parameters = _listed(parameters)
    clipped(parameters)
    with autograd.no_grad():
        factor = (max_norm / (total_norm + 1e-6)).clamp(max=1.0)
        if factor.item() != 1:
            for grad in _grads(parameters):
                grad.mul_(factor)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every element of the gradients to [-clip_value, clip_value], in place.

    Raises ValueError for a `clip_value` that is NaN.
    """
    if math.isnan(clip_value):
        raise ValueError("clip_grad_value_: clip_value is NaN")
    parameters = _listed(parameters)
    clipped(parameters)
    with autograd.no_grad():
        for grad in _grads(parameters):
            grad.clamp_(-clip_value, clip_value)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters, one after the other, as one vector; gradients flow through it to them."""
    return autograd.cat([p.reshape(-1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write a vector such as `parameters_to_vector` gives back into the parameters.

    Raises TypeError for anything but a tensor; RuntimeError, and changes nothing, for another length.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected a Tensor, but got {type(vec).__name__}")
    parameters = list(parameters)
    sizes = [p.numel() for p in parameters]
    if vec.shape != (sum(sizes),):
        raise RuntimeError(f"vector_to_parameters: expected a vector of {sum(sizes)} numbers, given {tuple(vec.shape)}")
    with autograd.no_grad():
        for p, part in zip(parameters, vec.split(sizes), strict=True):
            p.copy_(part.reshape(p.shape))


def l1_penalty(parameters: Iterable[Tensor]) -> Tensor:
    """Σ |w| over all elements of all parameters: added to a loss with a small factor, it pulls weights to 0."""
    return sum((p.abs().sum() for p in parameters), start=autograd.tensor(0.0))


def l2_penalty(parameters: Iterable[Tensor]) -> Tensor:
    """Σ w² over all elements of all parameters: added to a loss with the factor λ / 2, it is a weight decay of λ."""
    return sum((p.square().sum() for p in parameters), start=autograd.tensor(0.0))


@contextmanager
def evaluating(model: Module) -> Iterator[Module]:
    """Use a model without training it: in evaluation mode and without a graph, until the end of the `with` block.

    Afterwards every module is back in the mode it was in.
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        with autograd.no_grad():
            yield model.eval()
    finally:
        for module, mode in modes:
            module.training = mode


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _grads(parameters: list[Tensor]) -> list[Tensor]:
    return [p.grad for p in parameters if p.grad is not None]
