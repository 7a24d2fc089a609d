"""Derivatives as functions of functions, after torch.func: grad, vjp, jvp, hvp, jacobian, hessian. They nest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .core.differentiate import grad as _grad
from .core.engine import reachable, wrap
from .core.modes import enable_grad
from .tensors.shaping import stack
from .tensors.tensor import Tensor
from .tensors.tensor_base import to_array

Function = Callable[..., Any]


def _inputs(args: Any, argnums: Any) -> tuple[list[Any], list[int]]:
    """The arguments, those to differentiate by replaced by fresh tensors that are still joined to the given ones."""
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    args = list(args)
    for i in numbers:
        x = args[i] if isinstance(args[i], Tensor) else wrap(to_array(args[i]))
        args[i] = x.clone() if x.requires_grad else x.detach().requires_grad_()
    return args, numbers


def _settle(result: Tensor, fresh: list[Tensor]) -> Tensor:
    """`result` without its graph if that leads to nothing but the inputs made here."""
    leaves = {x._node for x in fresh}
    if result._node is not None and all(node.edges or node in leaves for node in reachable([result._node])):
        return result.detach()
    return result


def _scalar(output: Any, name: str) -> Tensor:
    if not isinstance(output, Tensor) or output.numel() != 1:
        got = f"a tensor of shape {list(output.shape)}" if isinstance(output, Tensor) else repr(output)
        raise RuntimeError(f"{name}: expected the function to return a scalar tensor, got {got}; use jacobian or vjp")
    return output


def value_and_grad(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that gives (func(*args), its gradient by the arguments `argnums`); func returns a scalar."""

    @enable_grad()
    def both(*args: Any, **options: Any) -> tuple[Any, Any]:
        args_, numbers = _inputs(args, argnums)
        fresh = [args_[i] for i in numbers]
        output = _scalar(func(*args_, **options), "grad")
        if output.requires_grad:
            found = _grad(output, fresh, create_graph=True, materialize_grads=True)
        else:
            found = tuple(wrap(np.zeros(x.shape, x.dtype)) for x in fresh)
        grads = tuple(_settle(g, fresh) for g in found)
        return _settle(output, fresh), grads[0] if isinstance(argnums, int) else grads

    return both


def grad(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that gives the gradient of `func`, which returns a scalar, by the arguments `argnums`."""
    both = value_and_grad(func, argnums)
    return lambda *args, **options: both(*args, **options)[1]


def vjp(func: Function, *primals: Any) -> tuple[Any, Function]:
    """func(*primals), and the function v -> v^T J: the gradients by each primal, given v = dL/d output."""
    with enable_grad():
        fresh, _ = _inputs(primals, range(len(primals)))
        output = func(*fresh)

    @enable_grad()
    def pull(v: Any) -> tuple[Any, ...]:
        v = v if isinstance(v, Tensor) else wrap(to_array(v, output.dtype))
        found = _grad(output, fresh, v, create_graph=True, materialize_grads=True)
        return tuple(_settle(g, fresh) for g in found)

    return _settle(output, fresh), pull


def jvp(func: Function, primals: Any, tangents: Any) -> tuple[Any, Any]:
    """func(*primals), and J v for the tangents v: how the output moves when the inputs move by v.

    v^T J is linear in its v; its own derivative is J v (two backward passes in place of a forward one).
    """
    with enable_grad():
        fresh, _ = _inputs(primals, range(len(primals)))
        output = func(*fresh)
        if not output.requires_grad:
            return output, wrap(np.zeros(output.shape, output.dtype))
        u = wrap(np.zeros(output.shape, output.dtype)).requires_grad_()
        pulled = _grad(output, fresh, u, create_graph=True, materialize_grads=True)
        moved = [(g, _like(t, g)) for g, t in zip(pulled, tangents, strict=True) if g.requires_grad]
        if not moved:
            return _settle(output, fresh), wrap(np.zeros(output.shape, output.dtype))
        outs, vs = zip(*moved, strict=True)
        (result,) = _grad(list(outs), u, list(vs), create_graph=True, materialize_grads=True)
    return _settle(output, fresh), _settle(result, [*fresh, u])


def _like(v: Any, x: Tensor) -> Tensor:
    return v if isinstance(v, Tensor) else wrap(to_array(v, x.dtype))


def hvp(func: Function, primals: Any, tangents: Any) -> tuple[Any, Any]:
    """func(*primals), a scalar, and H v: its Hessian times the tangents, made without it; one primal gives one v."""
    numbers = tuple(range(len(primals)))
    output = func(*(x if isinstance(x, Tensor) else wrap(to_array(x)) for x in primals))

    @enable_grad()
    def along(*xs: Any) -> Any:
        grads = value_and_grad(func, numbers)(*xs)[1]
        return sum((g * _like(t, g)).sum() for g, t in zip(grads, tangents, strict=True))

    products = grad(along, numbers)(*primals)
    return output, products[0] if len(products) == 1 else products


def jacobian(func: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """A function that gives d func / d argument, of shape (*output shape, *input shape)."""

    @enable_grad()
    def jacobian_of(*args: Any, **options: Any) -> Any:
        args_, numbers = _inputs(args, argnums)
        fresh = [args_[i] for i in numbers]
        output = func(*args_, **options)
        rows: list[list[Tensor]] = [[] for _ in fresh]
        for k in range(output.numel()):
            v = np.zeros(output.numel(), output.dtype)
            v[k] = 1
            seed = wrap(v.reshape(output.shape))
            found = (
                _grad(output, fresh, seed, create_graph=True, materialize_grads=True)
                if output.requires_grad
                else [wrap(np.zeros(x.shape, x.dtype)) for x in fresh]
            )
            for row, g in zip(rows, found, strict=True):
                row.append(_settle(g, fresh))
        joined = tuple(
            stack(row).reshape(*output.shape, *x.shape) if row else wrap(np.zeros((*output.shape, *x.shape)))
            for row, x in zip(rows, fresh, strict=True)
        )
        return joined[0] if isinstance(argnums, int) else joined

    return jacobian_of


def hessian(func: Function, argnums: int = 0) -> Function:
    """A function that gives the second derivatives of `func`, of shape (*output, *input, *input)."""
    return jacobian(jacobian(func, argnums), argnums)
