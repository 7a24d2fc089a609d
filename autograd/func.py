"""Derivatives as functions of functions, after torch.func: grad, vjp, jvp, hvp, jacobian, hessian. They nest.

The functions they take are of tensors, and return one tensor. Arguments that are no tensors become tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .core.differentiate import grad as _grad
from .core.engine import node_of, reachable, wrap
from .core.modes import enable_grad
from .tensors.joining import stack
from .tensors.tensor import Tensor
from .tensors.tensor_base import to_array

__all__ = [
    "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp",
]  # fmt: skip

Function = Callable[..., Any]


def value_and_grad(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that returns func(*args), which is a scalar, and its gradient with respect to the arguments `argnums`.

    That function raises RuntimeError if `func` does not return a tensor of one element.
    """

    @enable_grad()
    def both(*args: Any, **options: Any) -> tuple[Any, Any]:
        args_, fresh = _inputs(args, argnums)
        output = _tensor(func(*args_, **options), "grad", scalar=True)
        grads = _gradients(output, fresh)
        return _settle(output, fresh), grads[0] if isinstance(argnums, int) else grads

    return both


def grad(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that returns the gradient of `func`, which returns a scalar, with respect to the arguments `argnums`.

    That function raises RuntimeError if `func` does not return a tensor of one element.
    """
    both = value_and_grad(func, argnums)
    return lambda *args, **options: both(*args, **options)[1]


def vjp(func: Function, *primals: Any) -> tuple[Tensor, Callable[[Any], tuple[Tensor, ...]]]:
    """func(*primals), and the function v -> v^T J: the gradient for each primal, given v = dL/d output.

    Raises RuntimeError if `func` does not return a tensor; the function, if v does not have the shape of the output.
    """
    with enable_grad():
        args, fresh = _inputs(primals, range(len(primals)))
        output = _tensor(func(*args), "vjp")

    @enable_grad()
    def pull(v: Any) -> tuple[Tensor, ...]:
        return _gradients(output, fresh, _like(v, output))

    return _settle(output, fresh), pull


def jvp(func: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """func(*primals), and J v for the tangents v: how the output moves when the inputs move by v.

    v^T J is linear in its v; the derivative of that is J v (two backward passes in place of a forward one).

    Raises RuntimeError if `func` does not return a tensor, or if there is not one tangent for each primal.
    """
    _one_each(primals, tangents, "jvp")
    with enable_grad():
        args, fresh = _inputs(primals, range(len(primals)))
        output = _tensor(func(*args), "jvp")
        u = _zeros(output).requires_grad_()
        pulled = _grad(output, fresh, u, create_graph=True, allow_unused=True) if output.requires_grad else ()
        moved = [(g, _like(t, g)) for g, t in zip(pulled, tangents, strict=False) if g is not None and g.requires_grad]
        result = None
        if moved:
            outs, vs = zip(*moved, strict=True)
            (result,) = _grad(outs, u, vs, create_graph=True, allow_unused=True)
    return _settle(output, fresh), _zeros(output) if result is None else _settle(result, [*fresh, u])


def hvp(func: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Tensor, Any]:
    """func(*primals), a scalar, and H v: its Hessian times the tangents, computed without the Hessian itself.

    H v is a tensor for one primal, a tuple for several. Raises RuntimeError if `func` does not return a tensor of one
    element, or if there is not one tangent for each primal.
    """
    _one_each(primals, tangents, "hvp")
    numbers = tuple(range(len(primals)))
    output = func(*(x if isinstance(x, Tensor) else wrap(to_array(x)) for x in primals))

    @enable_grad()
    def along(*xs: Any) -> Any:
        grads = value_and_grad(func, numbers)(*xs)[1]
        return sum((g * _like(t, g)).sum() for g, t in zip(grads, tangents, strict=True))

    products = grad(along, numbers)(*primals)
    return output, products[0] if len(products) == 1 else products


def jacobian(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that returns d func / d argument, of shape (*output shape, *input shape), one backward pass per row.

    That function raises RuntimeError if `func` does not return a tensor.
    """

    @enable_grad()
    def jacobian_of(*args: Any, **options: Any) -> Any:
        args_, fresh = _inputs(args, argnums)
        output = _tensor(func(*args_, **options), "jacobian")
        n = output.numel()
        seeds = (np.eye(1, n, k, output.dtype).reshape(output.shape) for k in range(n))
        rows = [_gradients(output, fresh, wrap(seed)) for seed in seeds]
        joined = tuple(
            stack([row[i] for row in rows]).reshape(*output.shape, *x.shape)
            if rows
            else wrap(np.zeros((*output.shape, *x.shape), x.dtype))
            for i, x in enumerate(fresh)
        )
        return joined[0] if isinstance(argnums, int) else joined

    return jacobian_of


def hessian(func: Function, argnums: int = 0) -> Function:
    """A function that returns the second derivatives of `func`, of shape (*output, *input, *input).

    That function raises RuntimeError if `func` does not return a tensor.
    """
    return jacobian(jacobian(func, argnums), argnums)


def _inputs(args: Sequence[Any], argnums: int | Iterable[int]) -> tuple[list[Any], list[Tensor]]:
    """The arguments with fresh tensors, still joined to the given ones, in the places `argnums`; and these alone."""
    args, numbers = list(args), [argnums] if isinstance(argnums, int) else list(argnums)
    for i in numbers:
        x = args[i] if isinstance(args[i], Tensor) else wrap(to_array(args[i]))
        args[i] = x.clone() if x.requires_grad else x.detach().requires_grad_()
    return args, [args[i] for i in numbers]


def _gradients(output: Tensor, fresh: list[Tensor], v: Tensor | None = None) -> tuple[Tensor, ...]:
    """v^T d output / d x for each x of `fresh`; zeros where the output does not depend on it."""
    found: Sequence[Tensor | None] = [None] * len(fresh)
    if output.requires_grad:
        found = _grad(output, fresh, v, create_graph=True, allow_unused=True)
    return tuple(_zeros(x) if g is None else _settle(g, fresh) for g, x in zip(found, fresh, strict=True))


def _settle(result: Tensor, fresh: list[Tensor]) -> Tensor:
    """`result` without its graph if that leads to nothing but the inputs made here."""
    leaves = {node_of(x) for x in fresh}
    if node_of(result) is not None and all(node.edges or node in leaves for node in reachable([node_of(result)])):
        return result.detach()
    return result


def _zeros(x: Tensor) -> Tensor:
    zeros: Tensor = wrap(np.zeros(x.shape, x.dtype))
    return zeros


def _like(v: Any, x: Tensor) -> Tensor:
    return v if isinstance(v, Tensor) else wrap(to_array(v, x.dtype))


def _tensor(output: Any, name: str, scalar: bool = False) -> Tensor:
    if not isinstance(output, Tensor) or (scalar and output.numel() != 1):
        got = f"a tensor of shape {list(output.shape)}" if isinstance(output, Tensor) else repr(output)
        wanted, instead = ("a scalar tensor", "; use jacobian or vjp") if scalar else ("a tensor", "")
        raise RuntimeError(f"{name}: expected the function to return {wanted}, got {got}{instead}")
    return output


def _one_each(primals: Sequence[Any], tangents: Sequence[Any], name: str) -> None:
    if len(primals) != len(tangents):
        raise RuntimeError(f"{name}: expected a tangent for each primal, got {len(tangents)} for {len(primals)}")
