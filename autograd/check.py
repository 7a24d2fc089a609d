"""Is a derivative right? Against finite differences, against PyTorch, and for a whole op at once."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .differentiate import grad
from .modes import enable_grad
from .tensor import Tensor, wrap


class GradcheckError(RuntimeError):
    """A derivative that does not agree with finite differences."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    fast_mode: bool = False,
) -> bool:
    """Whether the gradients of `func` agree with central differences, (f(x + eps) - f(x - eps)) / (2 eps).

    Args:
        func: takes the inputs; returns a tensor or a tuple of tensors.
        inputs: tensors; those that require grad are checked, and have to be float64.
        eps: the step. atol, rtol: the difference allowed, atol + rtol * |numerical|.
        raise_exception: raise GradcheckError, rather than return False.
        nondet_tol: the difference allowed between two backward passes over the same inputs.
        fast_mode: one random direction through all inputs instead of every element.

    The error names the argument, the element that is furthest off, and both numbers; says when `func` gives different
    results for the same inputs; and says when the difference looks like a kink of the function (as relu has at 0: the
    slopes to both sides differ, and the gradient is between them) rather than a wrong derivative.
    """
    try:
        _gradcheck(func, _sequence(inputs), eps, atol, rtol, nondet_tol, fast_mode)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    fast_mode: bool = False,
) -> bool:
    """Whether the second derivatives agree with differences of the first: gradcheck of the gradient of `func`.

    `grad_outputs` are the gradients that reach the outputs, random ones by default.
    """
    xs = _sequence(inputs)
    outs = [out for out in _outputs(func, xs) if out.requires_grad]
    rng = np.random.default_rng(0)
    if grad_outputs is None:
        seeds = [wrap(rng.standard_normal(out.shape), None).requires_grad_() for out in outs]
    else:
        seeds = [s.detach().requires_grad_() for s in _sequence(grad_outputs)]
    wanted = [i for i, x in enumerate(xs) if isinstance(x, Tensor) and x.requires_grad]

    def first(*args: Any) -> Any:
        values, weights = args[: len(xs)], args[len(xs) :]
        with enable_grad():
            results = [out for out in _outputs(func, values) if out.requires_grad]
            return grad(results, [values[i] for i in wanted], list(weights), create_graph=True, materialize_grads=True)

    settings: Any = {"eps": eps, "atol": atol, "rtol": rtol, "raise_exception": raise_exception}
    return gradcheck(first, [*xs, *seeds], nondet_tol=nondet_tol, fast_mode=fast_mode, **settings)


def _sequence(xs: Any) -> list[Any]:
    return [xs] if isinstance(xs, Tensor) else list(xs)


def _outputs(func: Any, xs: Sequence[Any]) -> list[Tensor]:
    out = func(*xs)
    outs = [out] if isinstance(out, Tensor) else list(out)
    return [o for o in outs if isinstance(o, Tensor) and o.is_floating_point()]


def _gradcheck(
    func: Any, xs: list[Any], eps: float, atol: float, rtol: float, nondet_tol: float, fast: bool
) -> None:
    checked = [i for i, x in enumerate(xs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them do")
    for i in checked:
        if xs[i].dtype != np.float64:
            warnings.warn(
                f"gradcheck: input {i} is {xs[i].dtype}; differences need double precision: use x.double()", stacklevel=3
            )
    xs = [x.detach().clone().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in xs]
    arrays = [xs[i]._array for i in checked]
    outs = _outputs(func, xs)
    rng = np.random.default_rng(0)
    for o, out in enumerate(outs):
        if not out.requires_grad:
            continue
        first, second = (_forward(func, xs, o) for _ in range(2))
        _same("the function is not deterministic", o, [first], [second], nondet_tol)
        seeds = rng.standard_normal((1, out.numel())) if fast else np.eye(out.numel())
        rows, again = (_pulled(func, xs, checked, o, seeds) for _ in range(2))
        _same("the backward pass is not deterministic", o, rows, again, nondet_tol)
        if fast:
            _check_direction(func, xs, checked, arrays, o, rows, seeds[0], eps, atol, rtol, rng)
        else:
            _check_elements(func, xs, checked, arrays, o, rows, eps, atol, rtol)


def _same(what: str, o: int, first: Any, second: Any, tol: float) -> None:
    for a, b in zip(first, second, strict=True):
        if not np.allclose(a, b, rtol=0, atol=tol, equal_nan=True):
            raise GradcheckError(
                f"{what}: for output {o} two calls with the same inputs differ by {np.nanmax(np.abs(a - b)):.3g}. Seed its "
                "random numbers inside, or allow for it with nondet_tol"
            )


def _forward(func: Any, xs: Sequence[Any], o: int) -> Any:
    return np.array(_outputs(func, xs)[o]._data, np.float64).ravel()


def _pulled(func: Any, xs: Any, checked: Any, o: int, seeds: Any) -> list[Any]:
    """For each checked input the product of `seeds` (rows, output elements) and the Jacobian."""
    out = _outputs(func, xs)[o]
    inputs = [xs[i] for i in checked]
    rows = []
    for seed in seeds:
        g = wrap(seed.reshape(out.shape).astype(out.dtype), None)
        found = grad(out, inputs, g, retain_graph=True, materialize_grads=True)
        rows.append([r.detach().numpy().ravel() for r in found])  # type: ignore[union-attr]
    return [np.array([r[i] for r in rows]).reshape(len(seeds), x.numel()) for i, x in enumerate(inputs)]


def _check_elements(
    func: Any, xs: Any, checked: Any, arrays: Any, o: int, jacobians: Any, eps: float, atol: float, rtol: float
) -> None:
    worst: Any = None
    for i, array, analytic in zip(checked, arrays, jacobians, strict=True):
        for e, at in enumerate(np.ndindex(array.shape)):
            x = array[at]
            sides = []
            for step in (eps, -eps, 0.0):
                array[at] = x + step
                sides.append(_forward(func, xs, o))
            array[at] = x
            right, left = (sides[0] - sides[2]) / eps, (sides[2] - sides[1]) / eps
            numeric = (sides[0] - sides[1]) / (2 * eps)
            for k, (a, n) in enumerate(zip(analytic[:, e], numeric, strict=True)):
                off = abs(a - n) - (atol + rtol * abs(n))
                if (off > 0 or math.isnan(a) != math.isnan(n)) and (worst is None or not off <= worst[0]):
                    worst = off, i, at, k, a, n, left[k], right[k], x
    if worst is not None:
        raise GradcheckError(_report(o, *worst[1:], atol=atol, rtol=rtol))


def _report(
    o: int, i: int, at: Any, k: int, a: float, n: float, left: float, right: float, x: float, atol: float, rtol: float
) -> str:
    text = (
        f"Jacobian mismatch for output {o} with respect to input {i}, at input element {list(at)} = {x:.6g} and output "
        f"element {k}: backward gives {a:.8g}, differences give {n:.8g} (allowed: {atol:g} + {rtol:g} * |numerical|). "
    )
    if abs(left - right) > 10 * (atol + rtol * max(abs(left), abs(right))):
        between = min(left, right) - atol <= a <= max(left, right) + atol
        text += f"The function has a kink here: its slope is {left:.6g} to the left and {right:.6g} to the right"
        text += ", and the gradient is between them, so the rule may be right: check at another point" if between else ""
        return text
    return text + "The function is smooth here, so the rule is wrong"


def _check_direction(
    func: Any, xs: Any, checked: Any, arrays: Any, o: int, rows: Any, u: Any, eps: float, atol: float, rtol: float, rng: Any
) -> None:
    for i, array, pulled in zip(checked, arrays, rows, strict=True):
        v = rng.standard_normal(array.shape)
        v /= max(float(np.sqrt((v * v).sum())), 1e-300)
        saved = array.copy()
        sides = []
        for step in (eps, -eps):
            array[...] = saved + step * v
            sides.append(_forward(func, xs, o))
        array[...] = saved
        n, a = float((u * (sides[0] - sides[1])).sum() / (2 * eps)), float((pulled[0] * v.ravel()).sum())
        if not abs(a - n) <= atol * max(1.0, float(np.abs(u).sum())) + rtol * abs(n):
            raise GradcheckError(
                f"Jacobian mismatch for output {o} with respect to input {i} in a random direction: backward gives "
                f"{a:.8g}, differences give {n:.8g}. Run with fast_mode=False to learn which element it is"
            )


def check_op(op: Callable[..., Any], *inputs: Any, atol: float = 1e-5, rtol: float = 1e-3, **options: Any) -> Report:
    """Put an op of your own through everything that the ops of this library go through.

    Args:
        op: a primitive with its rules, or any function of tensors. inputs: arrays or tensors, floating point ones are
            differentiated. options: passed to the op.

    Raises GradcheckError at the first thing that fails; else returns a report that prints what was checked: the
    gradient, the second derivative, shape and dtype of the gradient in float32 and float64, non-contiguous inputs,
    broadcasting (where the op allows it), independence of inputs and gradients from one another's memory, and that the
    rule gives the same on arrays as on tensors.
    """
    arrays = [np.array(x.detach()._data if isinstance(x, Tensor) else x) for x in inputs]
    arrays = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
    moving = [a.dtype.kind == "f" for a in arrays]
    report = Report(getattr(op, "__name__", repr(op)))

    def call(*xs: Any) -> Any:
        return op(*xs, **options)

    def leaves(dtype: Any = np.float64) -> list[Any]:
        return [
            wrap(a.astype(dtype), None).requires_grad_() if m else wrap(a, None)
            for a, m in zip(arrays, moving, strict=True)
        ]

    report.add("value", _finite(call(*leaves())))
    report.add("gradient", gradcheck(call, leaves(), atol=atol, rtol=rtol))
    report.add("random direction", gradcheck(call, leaves(), atol=atol, rtol=rtol, fast_mode=True))
    try:
        report.add("second derivative", gradgradcheck(call, leaves(), atol=atol, rtol=rtol))
    except NotImplementedError as error:
        report.skip("second derivative", str(error))
    for dtype in (np.float32, np.float64):
        xs = leaves(dtype)
        for i, g in _gradients(call, xs):
            if g.shape != xs[i].shape or g.dtype != xs[i].dtype:
                raise GradcheckError(
                    f"the gradient of input {i} is {g.dtype}{list(g.shape)}, expected {xs[i].dtype}{list(xs[i].shape)}"
                )
        report.add(f"shape and dtype, {np.dtype(dtype).name}", True)
    expected = [g._array for _, g in _gradients(call, leaves())]
    strided = [
        wrap(np.stack([a, a], -1)[..., 0], None).requires_grad_() if m else wrap(a, None)
        for a, m in zip(arrays, moving, strict=True)
    ]
    _agree("non-contiguous inputs", [g._array for _, g in _gradients(call, strided)], expected)
    report.add("non-contiguous inputs", True)
    _agree("the rule on tensors", [g._array for _, g in _gradients(call, leaves(), create_graph=True)], expected)
    report.add("rule on arrays = rule on tensors", True)
    xs = leaves()
    before = [x._array.copy() for x in xs]
    gradients = [g._array for _, g in _gradients(call, xs)]
    if any(not np.array_equal(x._array, b, equal_nan=True) for x, b in zip(xs, before, strict=True)):
        raise GradcheckError("the op, or its rule, writes to its inputs: it must leave them as they are")
    everything = [*gradients, *(x._array for x in xs)]
    for i, g in enumerate(gradients):
        if any(np.shares_memory(g, other) for j, other in enumerate(everything) if j != i):
            raise GradcheckError("a gradient shares memory with another one or with an input: return new arrays")
    report.add("memory", True)
    return report


def _finite(out: Any) -> bool:
    first = out if isinstance(out, Tensor) else out[0]
    if not np.isfinite(first._data).all():
        raise GradcheckError("the value is not finite at the inputs given: choose others to check derivatives at")
    return True


def _gradients(call: Any, xs: Any, create_graph: bool = False) -> list[tuple[int, Tensor]]:
    outs = _outputs(call, xs)
    rng = np.random.default_rng(1)
    seeds = [wrap(rng.standard_normal(out.shape).astype(out.dtype), None) for out in outs]
    wanted = [(i, x) for i, x in enumerate(xs) if x.requires_grad]
    for out, seed in zip(outs, seeds, strict=True):
        out.backward(seed, retain_graph=True, create_graph=create_graph)
    return [(i, x.grad.detach() if x.grad is not None else wrap(np.zeros(x.shape, x.dtype), None)) for i, x in wanted]


def _agree(what: str, got: Any, expected: Any) -> None:
    for i, (a, b) in enumerate(zip(got, expected, strict=True)):
        if not np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True):
            raise GradcheckError(f"{what}: gradient {i} is off by {np.abs(a - b).max():.3g}")


class Report:
    """What `check_op` went through: prints one line for each check."""

    def __init__(self, name: str) -> None:
        self.name, self.lines = name, list[tuple[str, str]]()

    def add(self, check: str, passed: bool) -> None:
        self.lines.append((check, "ok"))

    def skip(self, check: str, why: str) -> None:
        self.lines.append((check, f"not there: {why}"))

    def __str__(self) -> str:
        return "\n".join([f"check_op({self.name})", *(f"  {check:<34}{result}" for check, result in self.lines)])

    __repr__ = __str__

    def __bool__(self) -> bool:
        return True
