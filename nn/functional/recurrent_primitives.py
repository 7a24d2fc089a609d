"""Recurrent layers as ops: all steps of one layer in one direction. The rules stand in `recurrent_rules.py`.

B sequences lie in rows, step after step: the first row of each, then the second, and so on. `batch_sizes` says how many
are still running at every step; the longest come first, as in a packed sequence. With `reverse` the last step is
computed first.

The inputs of an op are x (rows, G H), what the input adds to G gates of H units; y (G H, H), the recurrent weights;
z (S, B, H), the S initial states, h and with an LSTM c. The result (gates and states, rows + B, H) holds all that was
computed, the initial states before the first row or, with `reverse`, after the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from .network_primitives import Array, op

Place = Any  # a slice, or an array of indices where the rows do not follow one another


class Step(NamedTuple):
    """One step: its rows in x, the same rows in the result, and there the states from which it starts."""

    at: slice
    here: slice
    before: Place


class Schedule(NamedTuple):
    """The steps in the order of their computation; in the result, the places of all rows, and of certain states."""

    steps: list[Step]
    rows: slice
    initial: slice
    before: Place  # for every row, the states from which it is computed
    final: Place  # for every sequence, its last state


@lru_cache(maxsize=64)
def schedule(batch_sizes: tuple[int, ...], reverse: bool) -> Schedule:
    """Which rows are computed when, and from what."""
    rows, batch = sum(batch_sizes), batch_sizes[0]
    offset, start = (0, rows) if reverse else (batch, 0)
    state = np.arange(start, start + batch)  # where the latest state of every sequence is
    before = np.empty(rows, np.intp)
    steps = []
    for at in list(_spans(batch_sizes))[:: -1 if reverse else 1]:
        here, n = slice(at.start + offset, at.stop + offset), at.stop - at.start
        steps.append(Step(at, here, _place(state[:n])))
        before[at] = state[:n]
        state[:n] = np.arange(here.start, here.stop)
    return Schedule(steps, slice(offset, offset + rows), slice(start, start + batch), _place(before), _place(state))


def _spans(sizes: tuple[int, ...]) -> Iterator[slice]:
    """Slices of these sizes, one after the other."""
    start = 0
    for size in sizes:
        yield slice(start, start + size)
        start += size


def _place(index: np.ndarray[Any, Any]) -> Place:
    """An index as a slice if it counts on, since a slice copies nothing."""
    if (np.diff(index) == 1).all():
        return slice(int(index[0]), int(index[-1]) + 1) if len(index) else slice(0, 0)
    return index.copy()


def _begin(kinds: int, x: Array, z: Array, steps: Schedule) -> Array:
    """The result of `kinds` gates and states, filled as far as it is known before the first step."""
    out = np.empty((kinds, len(x) + z.shape[1], z.shape[2]), x.dtype)
    out[:, steps.initial] = 0  # there are no gates
    out[-len(z) :, steps.initial] = z
    return out


def _by_gate(x: Array, gates: int) -> Array:
    """(rows, G H) as (G, rows, H), a view: what belongs to one gate lies together."""
    return x.reshape(len(x), gates, x.shape[1] // gates).swapaxes(0, 1)


def _transposed(y: Array, gates: int) -> Array:
    """The recurrent weights (G H, H) as (G, H, H), each gate's transposed: h @ _transposed(y) is (G, rows, H)."""
    return np.ascontiguousarray(y.reshape(gates, -1, y.shape[1]).swapaxes(1, 2))


def _sigmoid(x: Array) -> None:
    """1 / (1 + exp(-x)) in the place of x."""
    x *= 0.5
    np.tanh(x, out=x)
    x += 1
    x *= 0.5


@op
def rnn(x: Array, y: Array, z: Array, batch_sizes: tuple[int, ...], reverse: bool, nonlinearity: str) -> Array:
    """h' = tanh(x + y h), or relu (Elman 1990): the result is h."""
    steps = schedule(batch_sizes, reverse)
    out = _begin(1, x, z, steps)
    w = y.T
    for at, here, before in steps.steps:
        h = out[0, before] @ w
        h += x[at]
        if nonlinearity == "tanh":
            np.tanh(h, out=out[0, here])
        else:
            np.maximum(h, 0, out=out[0, here])
    return out


@op
def lstm(x: Array, y: Array, z: Array, batch_sizes: tuple[int, ...], reverse: bool) -> Array:
    """i, f, o = sigmoid(x + y h), u = tanh(x + y h), c' = f c + i u, h' = o tanh(c'): the result is i, f, u, o, h, c.

    Hochreiter and Schmidhuber 1997, with the forget gate f of Gers et al. 2000. PyTorch calls u g.
    """
    steps = schedule(batch_sizes, reverse)
    out = _begin(6, x, z, steps)
    # sigmoid(a) = 0.5 tanh(0.5 a) + 0.5: one tanh serves all gates
    scale = np.array([0.5, 0.5, 1, 0.5], x.dtype).repeat(z.shape[2])
    scale = np.tile(scale, (z.shape[1], 1))
    shift, w = 1 - scale, y.T
    for at, here, before in steps.steps:
        h, c = out[4:, before]
        sums = h @ w
        n = len(sums)
        sums += x[at]
        sums *= scale[:n]
        np.tanh(sums, out=sums)
        sums *= scale[:n]
        sums += shift[:n]
        gates = out[:4, here]
        gates[...] = _by_gate(sums, 4)
        i, f, u, o = gates
        out[5, here] = c = f * c + i * u
        np.multiply(o, np.tanh(c), out=out[4, here])
    return out


@op
def gru(x: Array, y: Array, z: Array, w: Array | None, batch_sizes: tuple[int, ...], reverse: bool) -> Array:
    """r, s = sigmoid(x + y h + w), m = y h + w, n = tanh(x + r m), h' = n + s (h - n): the result is r, s, n, m, h.

    Cho et al. 2014, in the form that puts r after the product. w (3 H,) is the recurrent bias. PyTorch calls s z.
    """
    steps = schedule(batch_sizes, reverse)
    out = _begin(5, x, z, steps)
    x, y = _by_gate(x, 3), _transposed(y, 3)
    for at, here, before in steps.steps:
        h = out[4, before]
        sums = h @ y
        if w is not None:
            sums += w.reshape(3, 1, -1)
        r, s, n, m, new = out[:, here]
        gates = np.add(sums[:2], x[:2, at], out=out[:2, here])
        _sigmoid(gates)
        m[...] = sums[2]
        np.tanh(x[2, at] + r * m, out=n)
        np.add(n, s * (h - n), out=new)
    return out
