"""Recurrent layers as ops: all steps of one layer in one direction. The rules stand in `recurrent_rules.py`.

B sequences lie in rows, step after step: the first row of each, then the second, and so on. `batch_sizes` says how many
are still running at every step; the longest come first, as in a packed sequence. With `reverse` the last step is
computed first. How the products with the recurrent weights are computed stands in `panels.py`.

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
from .panels import multiply, panels

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


def _sigmoid(x: Array) -> None:
    """1 / (1 + exp(-x)) in the place of x."""
    x *= 0.5
    np.tanh(x, out=x)
    x *= 0.5
    x += 0.5


@op
def rnn(x: Array, y: Array, z: Array, batch_sizes: tuple[int, ...], reverse: bool, nonlinearity: str) -> Array:
    """h' = tanh(x + y h), or relu (Elman 1990): the result is h."""
    steps = schedule(batch_sizes, reverse)
    out = _begin(1, x, z, steps)
    w = panels(y.T, 1, batch_sizes[0])
    for at, here, before in steps.steps:
        h = multiply(out[0, before], w, out[:, here])
        h += x[at]
        if nonlinearity == "tanh":
            np.tanh(h, out=h)
        else:
            np.maximum(h, 0, out=h)
    return out


@op
def lstm(x: Array, y: Array, z: Array, batch_sizes: tuple[int, ...], reverse: bool) -> Array:
    """i, f, o = sigmoid(x + y h), u = tanh(x + y h), c' = f c + i u, h' = o tanh(c'): the result is i, f, u, o, h, c.

    Hochreiter and Schmidhuber 1997, with the forget gate f of Gers et al. 2000. PyTorch calls u g.
    """
    steps = schedule(batch_sizes, reverse)
    out = _begin(6, x, z, steps)
    x, w = _by_gate(x, 4), panels(y.T, 4, batch_sizes[0])
    # sigmoid(a) = 0.5 tanh(0.5 a) + 0.5: one tanh serves all gates
    sums, scale = np.empty((2, 4, *z.shape[1:]), x.dtype)
    scale[...] = np.reshape([0.5, 0.5, 1, 0.5], (4, 1, 1))
    shift = 1 - scale
    for at, here, before in steps.steps:
        count = here.stop - here.start
        a = multiply(out[4, before], w, sums[:, :count])
        a += x[:, at]
        a *= scale[:, :count]
        np.tanh(a, out=a)
        a *= scale[:, :count]
        i, f, u, o = np.add(a, shift[:, :count], out=out[:4, here])
        h, c = out[4:, here]
        np.multiply(f, out[5, before], out=c)
        c += i * u
        np.multiply(o, np.tanh(c), out=h)
    return out


@op
def gru(x: Array, y: Array, z: Array, w: Array | None, batch_sizes: tuple[int, ...], reverse: bool) -> Array:
    """r, s = sigmoid(x + y h + w), m = y h + w, n = tanh(x + r m), h' = n + s (h - n): the result is r, s, n, m, h.

    Cho et al. 2014, in the form that puts r after the product. w (3 H,) is the recurrent bias. PyTorch calls s z.
    """
    steps = schedule(batch_sizes, reverse)
    out = _begin(5, x, z, steps)
    x, product = _by_gate(x, 3), panels(y.T, 3, batch_sizes[0])
    sums, bias = np.empty((3, *z.shape[1:]), x.dtype), None if w is None else w.reshape(3, 1, -1)
    for at, here, before in steps.steps:
        h = out[4, before]
        r, s, n, m, new = out[:, here]
        a = multiply(h, product, sums[:, : len(h)])
        if bias is not None:
            a += bias
        m[...] = a[2]
        a[:2] += x[:2, at]
        _sigmoid(a[:2])
        out[:2, here] = a[:2]
        np.tanh(x[2, at] + r * m, out=n)
        np.add(n, s * (h - n), out=new)
    return out
