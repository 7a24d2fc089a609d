"""`torch.autograd.functional`: derivatives at a point. `autograd.func` has them as functions of functions.

Of one tensor as `inputs` the result is a tensor, of a tuple a tuple. With `create_graph` it can be differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Tensor, enable_grad, grad
from autograd import func as functions

Function = Callable[..., Any]
Inputs = Tensor | tuple[Tensor, ...]


def jacobian(func: Function, inputs: Inputs, create_graph: bool = False) -> Any:
    """d func / d inputs, of shape (*output shape, *input shape) for each input."""
    xs = _tuple(inputs)
    rows = functions.jacobian(func, tuple(range(len(xs))))(*xs)
    return _like(inputs, rows, create_graph)


def hessian(func: Function, inputs: Inputs, create_graph: bool = False) -> Any:
    """The second derivatives of a scalar: for several inputs a tuple of tuples, one for each pair."""
    xs = _tuple(inputs)
    numbers = range(len(xs))
    rows = [tuple(functions.jacobian(functions.grad(func, i), j)(*xs) for j in numbers) for i in numbers]
    finished = tuple(_finish(row, create_graph) for row in rows)
    return finished if isinstance(inputs, tuple) else finished[0][0]


def vjp(func: Function, inputs: Inputs, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """func(*inputs), and v^T J; without v, which a scalar output does not need, v is 1."""
    output, pull = functions.vjp(func, *_tuple(inputs))
    return _finish(output, create_graph), _like(inputs, pull(_weight(v, output)), create_graph)


def jvp(func: Function, inputs: Inputs, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """func(*inputs), and J v; without v, which a single number as input does not need, v is 1."""
    xs = _tuple(inputs)
    vs = tuple(_weight(v, xs[0]) for _ in xs[:1]) if v is None else _tuple(v)
    return _finish(functions.jvp(func, xs, vs), create_graph)


def hvp(func: Function, inputs: Inputs, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """func(*inputs), a scalar, and its Hessian times v, without the Hessian itself."""
    xs = _tuple(inputs)
    vs = (_weight(v, xs[0]),) if v is None else _tuple(v)
    with enable_grad():
        points = [x if x.requires_grad else x.detach().requires_grad_() for x in xs]
        output = func(*points)
        first = grad(output, points, create_graph=True)
        products = grad(first, points, vs, create_graph=create_graph, allow_unused=True)
    filled = [autograd.zeros_like(x) if p is None else p for p, x in zip(products, xs, strict=True)]
    return _finish(output, create_graph), _like(inputs, tuple(filled), create_graph)


def _tuple(given: Any) -> tuple[Tensor, ...]:
    return given if isinstance(given, tuple) else (given,)


def _weight(v: Any, like: Tensor) -> Any:
    if v is None and like.numel() != 1:
        raise RuntimeError(f"v is needed: only for a single number can it be left out, not for {tuple(like.shape)}")
    return autograd.ones_like(like) if v is None else v


def _like(inputs: Any, results: tuple[Any, ...], create_graph: bool) -> Any:
    finished = _finish(results, create_graph)
    return finished if isinstance(inputs, tuple) else finished[0]


def _finish(result: Any, create_graph: bool) -> Any:
    if isinstance(result, tuple):
        return tuple(_finish(each, create_graph) for each in result)
    return result if create_graph else result.detach()
