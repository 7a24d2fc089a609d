"""Is a derivative right? Checks by finite differences; and for an op of your own, of all else that an op must do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Self

import numpy as np

from ..core.differentiate import grad
from ..core.dtypes import is_floating
from ..core.engine import wrap
from ..core.listening import observe
from ..core.modes import enable_grad
from ..display import Cell, display, table
from ..tensors.tensor import Tensor


class GradcheckError(RuntimeError):
    """A derivative that does not agree with finite differences, or an op that does what an op must not."""


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
        inputs: tensors; those that require grad are checked.
        eps: the step.
        atol, rtol: the difference allowed is atol + rtol * |numerical|.
        raise_exception: raise GradcheckError, rather than return False.
        nondet_tol: the difference allowed between two calls, and two backward passes, on the same inputs.
        fast_mode: one random direction in each input, and one of the output, instead of every element.

    Raises:
        GradcheckError: the gradients do not agree, or `func` is not deterministic. The message names the argument, the
            element that is furthest off, and both numbers; and says if the difference looks like a kink of the function
            (as relu has at 0: the slopes to both sides differ, and the gradient is between them) rather than a wrong
            derivative. Or something is not computed in float64: differences of float32 numbers are too coarse to tell.
        ValueError: no input requires grad.
    """
    try:
        with np.errstate(all="ignore"):
            _check(func, _sequence(inputs), eps, atol, rtol, nondet_tol, fast_mode)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    **settings: Any,
) -> bool:
    """Whether the second derivatives agree with differences of the first: gradcheck of the gradient of `func`.

    `grad_outputs` are the gradients that reach the outputs, random ones by default; `settings` are those of gradcheck.
    Raises as `gradcheck`.
    """
    xs = _sequence(inputs)
    wanted = _wanted(xs)
    outs = [out for out in _outputs(func, xs) if out.requires_grad]
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        seeds = [wrap(rng.standard_normal(out.shape).astype(out.dtype)) for out in outs]
    else:
        seeds = [seed.detach() for seed in _sequence(grad_outputs)]

    def first(*args: Any) -> Any:
        values, weights = args[: len(xs)], args[len(xs) :]
        with enable_grad():
            results = [out for out in _outputs(func, values) if out.requires_grad]
            return grad(results, [values[i] for i in wanted], list(weights), create_graph=True, materialize_grads=True)

    return gradcheck(first, [*xs, *(seed.requires_grad_() for seed in seeds)], **settings)


def _sequence(xs: Any) -> list[Any]:
    return [xs] if isinstance(xs, Tensor) else list(xs)


def _wanted(xs: Sequence[Any]) -> list[int]:
    return [i for i, x in enumerate(xs) if isinstance(x, Tensor) and x.requires_grad]


def _outputs(func: Any, xs: Sequence[Any]) -> list[Tensor]:
    return [out for out in _sequence(func(*xs)) if isinstance(out, Tensor) and out.is_floating_point()]


def _check(func: Any, xs: Any, eps: float, atol: float, rtol: float, nondet_tol: float, fast: bool) -> None:
    wanted = _wanted(xs)
    if not wanted:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them do")
    _fine_enough(func, xs, wanted)
    xs = [x.detach().clone().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in xs]
    rng = np.random.default_rng(0)
    seeds = {  # for each output that is differentiable the rows that its Jacobian is multiplied by
        o: rng.standard_normal((1, out.numel())) if fast else np.eye(out.numel())
        for o, out in enumerate(_outputs(func, xs))
        if out.requires_grad
    }

    def values() -> dict[int, Any]:
        outs = _outputs(func, xs)
        return {o: np.array(outs[o]._data, np.float64).ravel() for o in seeds}

    here, jacobians = values(), _pulled(func, xs, wanted, seeds)
    _same("the function is not deterministic", here, values(), nondet_tol)
    _same("the backward pass is not deterministic", jacobians, _pulled(func, xs, wanted, seeds), nondet_tol)
    worst: list[Any] = [0.0]
    column = 0
    for i in wanted:
        array = xs[i]._array
        x = array.copy()
        for at, v in _directions(x.shape, rng if fast else None):
            array[...] = x + eps * v
            above = values()
            array[...] = x - eps * v
            below = values()
            array[...] = x
            for o, seed in seeds.items():
                a = _dot(jacobians[o][:, column : column + x.size], v.ravel())
                left, right = (_dot(seed, step / eps) for step in (here[o] - below[o], above[o] - here[o]))
                n = (left + right) / 2
                excess = np.abs(a - n) - atol * np.abs(seed).sum(-1).clip(1) - rtol * np.abs(n)
                unlike = (np.isnan(a) != np.isnan(n)) | (np.isinf(a) != np.isinf(n))
                excess = np.where(unlike, np.inf, np.nan_to_num(excess, nan=0))
                if excess.max(initial=0) > worst[0]:
                    k = int(excess.argmax())
                    place = "in a random direction; fast_mode=False tells which element it is"
                    if at is not None:
                        place = f"at input element {list(at)} = {x[at]:.6g} and output element {k}"
                    worst = [excess[k], o, i, place, a[k], n[k], left[k], right[k]]
        column += x.size
    if worst[0]:
        raise GradcheckError(_report(worst[1:], atol, rtol))


def _fine_enough(func: Any, xs: Any, wanted: Any) -> None:
    """Raise GradcheckError where an input, or something computed from it, is not float64."""

    def recorded(node: Any, inputs: Any, out: Any) -> None:
        if out.dtype != np.float64:
            coarse.append(f"the result of {node.op.name} in the function is {out.dtype}")

    coarse = [f"input {i} is {xs[i].dtype}" for i in wanted if xs[i].dtype != np.float64]
    end = observe(SimpleNamespace(recorded=recorded))
    try:
        coarse or func(*xs)
    finally:
        end()
    if coarse:
        raise GradcheckError(
            f"{coarse[0]}, which is too coarse for finite differences: they need double precision. Give it float64, "
            "x.double(), and convert the parameters and constants that it meets in the function too, net.double()"
        )


def _pulled(func: Any, xs: Any, wanted: Any, seeds: dict[int, Any]) -> dict[int, Any]:
    """For each output its rows of `seeds` times its Jacobian, whose columns are the elements of all wanted inputs."""
    outs = _outputs(func, xs)
    pulled = {}
    for o, rows in seeds.items():
        pulled[o] = np.empty((len(rows), sum(xs[i].numel() for i in wanted)))
        for row, seed in zip(pulled[o], rows, strict=True):
            g = wrap(seed.reshape(outs[o].shape).astype(outs[o].dtype))
            found = grad(outs[o], [xs[i] for i in wanted], g, retain_graph=True, materialize_grads=True)
            row[:] = np.concatenate([r.numpy(force=True).ravel() for r in found if r is not None])
    return pulled


def _same(what: str, first: dict[int, Any], second: dict[int, Any], tol: float) -> None:
    for o, a in first.items():
        b = second[o]
        if not np.allclose(a, b, rtol=0, atol=tol, equal_nan=True):
            raise GradcheckError(
                f"{what}: for output {o} two calls with the same inputs differ by {np.nanmax(np.abs(a - b)):.3g}. "
                "Seed its random numbers inside, or allow for it with nondet_tol"
            )


def _directions(shape: Any, rng: Any) -> Iterator[tuple[Any, Any]]:
    """The steps to take: along each element, with its index; or a single one in a random direction, of length 1."""
    if rng is not None:
        v = rng.standard_normal(shape)
        yield None, v / (np.sqrt((v * v).sum()) or 1)
        return
    for at in np.ndindex(shape):
        v = np.zeros(shape)
        v[at] = 1
        yield at, v


def _dot(a: Any, v: Any) -> Any:
    """a @ v, in which 0 times NaN is 0."""
    return np.where((a == 0) | (v == 0), 0, a * v).sum(-1)


def _report(found: list[Any], atol: float, rtol: float) -> str:
    o, i, place, a, n, left, right = found
    text = (
        f"Jacobian mismatch for output {o} with respect to input {i}, {place}: backward gives {a:.8g}, differences "
        f"give {n:.8g} (allowed: {atol:g} + {rtol:g} * |numerical|). "
    )
    if abs(left - right) <= 10 * (atol + rtol * max(abs(left), abs(right))):
        return text + "The function is smooth here, so the rule is wrong"
    text += f"The function has a kink here: its slope is {left:.6g} to the left and {right:.6g} to the right"
    if min(left, right) - atol <= a <= max(left, right) + atol:
        text += ", and the gradient is between them, so the rule may be right: check at another point"
    return text


# -- an op of one's own -----------------------------------------------------------------------------------------------


def check_op(op: Callable[..., Any], *inputs: Any, atol: float = 1e-6, rtol: float = 1e-5, **options: Any) -> Report:
    """Check an op of your own in every way in which the ops of this library are checked.

    Args:
        op: a primitive with its rules, or any function of tensors.
        inputs: arrays or tensors; floating point ones are differentiated.
        atol, rtol: as in gradcheck, but stricter.
        options: passed to the op.

    Returns a report that prints what was checked: that the op and its rules do not write to what they are given; the
    gradient; the second derivative; that the rules return float32 for float32, and new arrays each time; non-contiguous
    inputs; broadcasting (where the op allows it); and that the rules give the same on arrays as on tensors. Raises
    GradcheckError at the first check that fails.
    """
    arrays = [np.array(x.detach()._data if isinstance(x, Tensor) else x) for x in inputs]
    report = Report(getattr(op, "__name__", repr(op)))

    def call(*xs: Any) -> Any:
        return op(*xs, **options)

    def leaves(change: Callable[[Any], Any] = lambda a: a, dtype: Any = np.float64) -> list[Any]:
        floats = [is_floating(a.dtype) for a in arrays]
        xs = [wrap(change(a.astype(dtype)) if f else a) for a, f in zip(arrays, floats, strict=True)]
        return [x.requires_grad_(f) for x, f in zip(xs, floats, strict=True)]

    def gradients(xs: list[Any], create_graph: bool = False) -> list[Any]:
        before = [x._array.copy() for x in xs]
        for out, seed in zip(_outputs(call, xs), seeds, strict=True):
            g = seed.astype(out.dtype)
            if out.requires_grad:
                out.backward(wrap(g), retain_graph=True, create_graph=create_graph)
            for a, b in zip([g, *(x._array for x in xs)], [seed.astype(out.dtype), *before], strict=True):
                if not np.array_equal(a, b):
                    raise GradcheckError("the op, or a rule, writes to what it is given: it must write to a copy")
        return [np.zeros(x.shape) if x.grad is None else x.grad.numpy(force=True) for x in xs if x.requires_grad]

    outs = [out.numpy(force=True) for out in _outputs(call, leaves())]
    if not all(np.isfinite(out).all() for out in outs):
        raise GradcheckError("the value is not finite at the inputs given: choose others to check derivatives at")
    seeds = [np.random.default_rng(1).standard_normal(out.shape) for out in outs]
    report.add("value")

    expected = gradients(leaves())
    report.add("arguments left as they are")
    report.add("gradient", gradcheck(call, leaves(), atol=atol, rtol=rtol))
    report.add("random direction", gradcheck(call, leaves(), atol=atol, rtol=rtol, fast_mode=True))
    try:
        report.add("second derivative", gradgradcheck(call, leaves(), atol=atol, rtol=rtol))
    except NotImplementedError as error:
        report.add("second derivative", f"not there: {error}")
    seen = []
    for dtype in (np.float32, np.float64, np.float64):
        with _Witness() as witness:
            gradients(leaves(dtype=dtype))
        seen.append(witness.results)
    report.add("float32 stays float32")
    if any(np.shares_memory(a, b) for a in seen[1] for b in seen[2]):
        raise GradcheckError("a rule returned the same memory in two calls: a gradient must be a new array each time")
    report.add("a new array each time")
    _agree("non-contiguous inputs", gradients(leaves(lambda a: np.stack([a, a], -1)[..., 0])), expected)
    report.add("non-contiguous inputs")
    _agree("the rule on tensors", gradients(leaves(), create_graph=True), expected)
    report.add("rule on arrays = rule on tensors")
    xs = leaves()
    wanted = _wanted(xs)
    if len(wanted) > 1 and outs[0].ndim and {xs[i].shape for i in wanted} == {outs[0].shape}:
        xs[wanted[0]] = xs[wanted[0]].detach()[:1].clone().requires_grad_()
        try:
            call(*xs)
        except (RuntimeError, TypeError, ValueError, IndexError):
            report.add("broadcasting", "not allowed by the op")
        else:
            report.add("broadcasting", gradcheck(call, xs, atol=atol, rtol=rtol))
    return report


def _agree(what: str, got: Any, expected: Any) -> None:
    for i, (a, b) in enumerate(zip(got, expected, strict=True)):
        if not np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True):
            raise GradcheckError(f"{what}: gradient {i} is off by {np.abs(a - b).max():.3g}")


class _Witness:
    """Sees what the rules themselves return, before the engine fits it to the inputs."""

    def __enter__(self) -> Self:
        self.results: list[Any] = []
        self._end = observe(self)
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    def pulled(self, node: Any, g: Any, results: Any) -> None:
        for edge, r in zip(node.edges, results, strict=True):
            if r is not None and r.dtype not in (g.dtype, edge.dtype):
                raise GradcheckError(
                    f"a rule of {node.op.name} made {r.dtype} of {g.dtype}: in a rule write math.log(2), a Python "
                    "number, which takes the dtype it meets, and not np.log(2), which is float64"
                )
        self.results += [np.asarray(r) for r in results if r is not None and r is not g]


class Report:
    """What `check_op` checked: prints one line for each check."""

    def __init__(self, name: str) -> None:
        self.name, self.lines = name, list[tuple[str, str]]()

    def add(self, check: str, result: bool | str = True) -> None:
        """Note that a check was passed or, with a text, what came of it."""
        self.lines.append((check, "ok" if result is True else str(result)))

    def __repr__(self) -> str:
        return "\n".join([f"check_op({self.name})", *(f"  {check:<38}{result}" for check, result in self.lines)])

    def _repr_html_(self) -> str:
        rows = [[check, Cell(result, "good" if result == "ok" else "wrap")] for check, result in self.lines]
        return display(table(["check", "result"], rows, caption=f"check_op({self.name})"))
