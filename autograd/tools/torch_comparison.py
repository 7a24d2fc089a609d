"""One expression, here and in PyTorch, side by side."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.dtypes import is_floating
from .comparison_table import Comparison

TOLERANCE = {"float64": 1e-10}


def compare_with_torch(
    fn: Callable[..., Any], *arrays: Any, tolerance: float | None = None, show: bool = True
) -> Comparison:
    """Run one expression here and in torch on the same numbers, and print its value and every gradient side by side.

    Args:
        fn: an expression of tensors that both libraries understand, such as `lambda x, w: (x @ w).tanh().sum()`. If it
            takes one argument more than there are arrays, the first is the library itself: `lambda m, x: m.exp(x)`.
        arrays: arrays or numbers. Floating point ones get a gradient (Python floats count as float64).
        tolerance: the relative difference allowed; default: 1e-10 in float64, 1e-5 in float32.
        show: print the table.

    Returns the comparison, which is true if everything agrees. Raises RuntimeError, naming the side, if the expression
    fails in one library, and ImportError if torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("compare_with_torch needs PyTorch: pip install torch") from error
    values = [np.asarray(a) for a in arrays]
    names = _arguments(fn)
    with_library = len(names) == len(values) + 1
    names = names[with_library:]
    if len(names) != len(values):
        names = [f"input {i}" for i in range(len(values))]
    autograd = sys.modules["autograd"]
    with Comparison.side("chalkgrad"):
        ours = _run(autograd, fn, [autograd.from_numpy(v.copy()) for v in values], with_library)
    with Comparison.side("torch"):
        theirs = _run(torch, fn, [torch.tensor(v) for v in values], with_library)
    result = Comparison(TOLERANCE.get(ours[0].dtype.name, 1e-5) if tolerance is None else tolerance)
    gradients = [f"d/d{name}" for name, v in zip(names, values, strict=True) if is_floating(v.dtype)]
    for what, x, y in zip(["value", *gradients], ours, theirs, strict=True):
        result.add(what, x, y)
    if show:
        print(result)
    return result


def _arguments(fn: Callable[..., Any]) -> list[str]:
    """The names of the arguments that a function cannot be called without; none if they are not known."""
    try:
        found = inspect.signature(fn).parameters.values()
    except ValueError:
        return []
    return [p.name for p in found if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _run(library: Any, fn: Callable[..., Any], inputs: list[Any], with_library: bool) -> list[Any]:
    """The value of `fn` and its gradient for each floating point input, as arrays; None where there is no gradient."""
    leaves = [x.requires_grad_() for x in inputs if x.is_floating_point()]
    out = fn(library, *inputs) if with_library else fn(*inputs)
    if not hasattr(out, "requires_grad"):
        raise TypeError(f"expected an expression that gives a tensor, got {type(out).__name__}")
    if out.requires_grad:
        out.backward(library.ones_like(out))
    return [np.asarray(out.detach().numpy()), *(None if x.grad is None else x.grad.numpy() for x in leaves)]
