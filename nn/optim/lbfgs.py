"""L-BFGS, which learns the curvature of the loss from its last steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.hooks import wrote

from .line_search import Point, strong_wolfe
from .optimizer import Array, Group, Optimizer, Params, State, given, in_numbers, not_negative

T = TypeVar("T")


class LBFGS(Optimizer):
    """L-BFGS (Liu and Nocedal, 1989): Newton's method, with an inverse Hessian estimated from the last steps.

    All parameters together are one vector w. From the last `history_size` steps, s = change of w and y = change of g,

        g = ∇loss
        d = -g
        d = d - α * y,   α = (s · d) / (y · s)       for each step, the newest first
        d = d * (y · s) / (y · y)                    with the newest step
        d = d + (α - β) * s,   β = (y · d) / (y · s) for each step, the oldest first
        w = w + t * d

    where t = lr, in the very first iteration lr * min(1, 1 / Σ|g|); or, with line_search_fn="strong_wolfe", what a line
    search that begins there finds. A step with y · s <= 1e-10 does not count.

    One call of `step` iterates `max_iter` times. It ends before if it has called the closure `max_eval` times (default
    1.25 times max_iter), if no |g| is above `tolerance_grad`, or if w or the loss changed by less than
    `tolerance_change`.

    Raises ValueError for a negative or NaN learning rate and for several groups, RuntimeError for another line search.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, given(locals()))

    def add_param_group(self, param_group: Group) -> None:
        if self.param_groups:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups): give it one list")
        super().add_param_group(param_group)

    def check(self, options: Group) -> None:
        not_negative(options, lr="learning rate")
        if options["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported, given line_search_fn={options['line_search_fn']!r}")

    def step(self, closure: Callable[[], T]) -> T:  # type: ignore[override]
        """Iterate, and return the loss of the first call of `closure`, which computes it and its gradients anew."""
        group = in_numbers(self.param_groups[0])
        state = self.state.setdefault(group["params"][0], {"func_evals": 0, "n_iter": 0})
        with np.errstate(all="ignore"), autograd.enable_grad():
            loss = closure()
            self._iterate(closure, float(loss), state, group)  # type: ignore[arg-type]
        self.stepped = True
        return loss

    def _iterate(self, closure: Callable[[], Any], loss: float, state: State, group: Group) -> None:
        max_iter, max_eval, tolerance = group["max_iter"], group["max_eval"], group["tolerance_change"]
        g, evaluations = self._gradient(), 1
        state["func_evals"] += 1
        if np.abs(g).max() <= group["tolerance_grad"]:
            return
        for i in range(1, max_iter + 1):
            state["n_iter"] += 1
            first = state["n_iter"] == 1
            d = self._direction(g, state, group["history_size"])
            t = group["lr"] * (min(1.0, 1.0 / float(np.abs(g).sum())) if first else 1)
            state.update(d=d, t=t, prev_flat_grad=g, prev_loss=loss)
            here = Point(0.0, loss, float(g @ d), g)
            if here.slope > -tolerance:
                break
            if group["line_search_fn"]:
                most = max_eval - evaluations
                end, calls = self._search(closure, here, d, t, tolerance, most)
                state["t"], loss, g = end.t, end.value, end.gradient
            else:
                calls = int(i < max_iter)
                self._move(self._weights() + t * d)
                if calls:
                    loss, g = float(closure()), self._gradient()
            evaluations += calls
            state["func_evals"] += calls
            if (
                evaluations >= max_eval
                or np.abs(g).max() <= group["tolerance_grad"]
                or np.abs(d * state["t"]).max() <= tolerance
                or abs(loss - here.value) < tolerance
            ):
                break

    def _direction(self, g: Array, state: State, history_size: int) -> Array:
        """The formula of d; the state remembers y, s, 1 / (y · s) and the newest (y · s) / (y · y)."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return -g
        ys, ss, ρs = state["old_dirs"], state["old_stps"], state["ro"]
        y, s = g - state["prev_flat_grad"], state["d"] * state["t"]
        if (curvature := float(y @ s)) > 1e-10:
            for memory, new in ((ys, y), (ss, s), (ρs, 1 / curvature)):
                del memory[: len(memory) - history_size + 1]
                memory.append(new)
            state["H_diag"] = curvature / float(y @ y)
        d, αs = -g, []
        for y, s, ρ in zip(reversed(ys), reversed(ss), reversed(ρs), strict=True):
            αs.append(float(s @ d) * ρ)
            d -= αs[-1] * y
        d *= state["H_diag"]
        for y, s, ρ, α in zip(ys, ss, ρs, reversed(αs), strict=True):
            d += (α - float(y @ d) * ρ) * s
        return d

    def _search(
        self, closure: Callable[[], Any], here: Point, d: Array, t: float, tolerance: float, most: int
    ) -> tuple[Point, int]:
        """Go where the line search ends."""
        w = self._weights()

        def evaluate(t: float) -> Point:
            self._move(w + t * d)
            value, g = float(closure()), self._gradient()
            return Point(t, value, float(g @ d), g)

        length = float(np.abs(d).max())
        end, calls = strong_wolfe(evaluate, here, t, length=length, tolerance=tolerance, most=most)
        self._move(w + end.t * d)
        return end, calls

    def _arrays(self) -> list[Array]:
        return [p.numpy(force=True) for p in self.param_groups[0]["params"]]

    def _weights(self) -> Array:
        return np.concatenate([w.ravel() for w in self._arrays()])

    def _gradient(self) -> Array:
        params = self.param_groups[0]["params"]
        grads = [np.zeros_like(p.numpy(force=True)) if p.grad is None else p.grad.numpy(force=True) for p in params]
        return np.concatenate([g.ravel() for g in grads])

    def _move(self, to: Array) -> None:
        arrays = self._arrays()
        ends = np.cumsum([w.size for w in arrays])[:-1]
        for w, new in zip(arrays, np.split(to, ends), strict=True):
            w[...] = new.reshape(w.shape)
        wrote(*arrays)

    def _loaded(self, saved: State, p: Tensor, group: Group, i: Any) -> State:
        """A copy of the saved state; PyTorch's "al" is scratch memory, and left behind."""
        state = {key: _copied(value) for key, value in saved.items() if key != "al"}
        d, n = state.get("d"), sum(p.numel() for p in group["params"])
        if not {"func_evals", "n_iter"} <= state.keys() or (d is not None and d.shape != (n,)):
            raise ValueError(f"loaded state dict does not fit LBFGS with {n} weights: it has {sorted(saved)}")
        return state


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return [_copied(inner) for inner in value]
    array = np.asarray(value)
    return array.item() if array.ndim == 0 else array.copy()
