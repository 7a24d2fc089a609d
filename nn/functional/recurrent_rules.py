"""The table, continued: back through time.

Each op has one rule for all its inputs. `back` goes through the steps from the last computed to the first, and carries
the gradients of the states, dh and dc. In a step the gradient of the sums inside the gates is d = (dc, …, dh) factor,
and the states before get d y. What is found for the rows gives the gradient of the weights, by one product.

The factors are worked out for several steps together, as many as stay in the processor's cache. For each step alone an
LSTM of 16 units takes 1.7 times as long, for all together one of 128 units 1.05 times
(`python -m tests.benchmarks.recurrent --together`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.calculus import in_16_bits
from autograd.calculus import primitives as p
from autograd.calculus.shared_rules import define_shared

from . import recurrent_primitives as n
from .panels import multiplier

TOGETHER = 1 << 15  # of each gate's numbers, those of so many are in the cache at a time


# -- the kinds of layers -----------------------------------------------------------------------------------------------


class Kind(NamedTuple):
    """A kind of layer on the way back.

    `factors` gives, for the rows of several steps, the factors (rows, parts H); what the gradients g of the gates
    themselves, which a second-order pass has, add to d, or None; and what `step` needs besides. A step gives what the
    factors multiply, and which part of the gradients of the states does not go through the product with y.
    """

    factors: Callable[..., tuple[Any, ...]]
    step: Callable[..., tuple[Any, list[Any]]]
    states: int
    parts: int


def tanh_factors(g: Any, out: Any, before: Any) -> tuple[Any, ...]:
    """1 - h^2."""
    return 1 - out[0] * out[0], None


def relu_factors(g: Any, out: Any, before: Any) -> tuple[Any, ...]:
    """1 where h > 0."""
    return out[0] > 0, None


def rnn_step(ready: Any, at: slice, dh: Any) -> tuple[Any, list[Any]]:
    """All goes through the product."""
    return dh, [None]


def lstm_factors(g: Any, out: Any, before: Any) -> tuple[Any, ...]:
    """u i (1 - i), c f (1 - f), i (1 - u^2), tanh(c) o (1 - o), of c before; o (1 - tanh(c)^2), f. h is o tanh(c)."""
    i, f, u, o, h, c = out
    iu, fc = i * u, f * before[1]
    factors = iu - iu * i, fc - fc * f, i - iu * u, h - h * o
    direct = None if g is None else _beside(g, (i - i * i, f - f * f, 1 - u * u, o - o * o))
    return np.concatenate(factors, 1), direct, o - h * np.tanh(c), f


def lstm_step(ready: Any, at: slice, dh: Any, dc: Any) -> tuple[Any, list[Any]]:
    """dc += dh o (1 - tanh(c)^2); then dc f remains."""
    _, _, through, f = ready
    dc = dc + dh * through[at]
    return np.concatenate((dc, dc, dc, dh), 1), [None, dc * f[at]]


def gru_factors(g: Any, out: Any, before: Any) -> tuple[Any, ...]:
    """dn = (1 - s) (1 - n^2), dm = dn r, dr = dn m r (1 - r), ds = (h - n) s (1 - s), of h before; s.

    The first three of dm, dr, ds, dn belong to y h + w, the last three to x.
    """
    r, s, new, m, _ = out
    slope_r, slope_s, slope_n = r - r * r, s - s * s, 1 - new * new
    dn = (1 - s) * slope_n
    factors = dn * r, dn * m * slope_r, (before[0] - new) * slope_s, dn
    direct = None
    if g is not None:
        dn = g[2] * slope_n
        direct = np.concatenate((dn * r + g[3], (dn * m + g[0]) * slope_r, g[1] * slope_s, dn), 1)
    return np.concatenate(factors, 1), direct, s


def gru_step(ready: Any, at: slice, dh: Any) -> tuple[Any, list[Any]]:
    """dh s remains."""
    return np.concatenate((dh, dh, dh, dh), 1), [dh * ready[2][at]]


RNN, RELU = Kind(tanh_factors, rnn_step, 1, 1), Kind(relu_factors, rnn_step, 1, 1)
LSTM, GRU = Kind(lstm_factors, lstm_step, 2, 4), Kind(gru_factors, gru_step, 1, 4)


# -- all steps --------------------------------------------------------------------------------------------------------


@p.one_call
def back(g: Any, y: Any, out: Any, kind: Kind, batch_sizes: Any, reverse: bool) -> Any:
    """The gradients for the rows, (rows, parts H), and B more rows with those for the initial states, side by side.

    An op has one result. Where the states do not fill their rows they stand there again. Of tensors, all is recorded.
    """
    steps, batch, size, states = n.schedule(batch_sizes, reverse), batch_sizes[0], out.shape[2], kind.states
    rows, offset, plain = sum(batch_sizes), steps.rows.start, isinstance(g, np.ndarray)
    found: Any = np.empty((rows + batch, kind.parts * size), out.dtype) if plain else None
    gated = not plain or _holds(g[:-states])
    given = [k for k in range(-states, 0) if not plain or _holds(g[k])]
    product, width, ds = multiplier(y, batch), len(y), []
    carried: list[Any] = [np.zeros((batch, size), out.dtype)] * states
    for first, here, before, some in _stretches(steps, TOGETHER // (batch * size or 1) if plain else rows):
        ready = kind.factors(g[:-states, here] if gated else None, out[:, here], out[-states:, before])
        factors, direct, *_ = ready
        for at in some:
            count, inside = at.stop - at.start, slice(at.start - first, at.stop - first)
            place = {"out": found[at]} if plain else {}
            ahead = carried.copy() if count == batch else [each[:count] for each in carried]
            for k in given:
                ahead[k] = ahead[k] + g[k, offset + at.start : offset + at.stop]
            d, rest = kind.step(ready, inside, *ahead)
            d = np.multiply(d, factors[inside], **place)
            if direct is not None:
                d = np.add(d, direct[inside], **place)
            ds.append(d)
            dh = product(d[:, :width])
            rest[0] = dh if rest[0] is None else rest[0] + dh
            if count < batch:  # some are still to come, on the way back
                rest = [np.concatenate((new, old[count:])) for new, old in zip(rest, carried, strict=True)]
            carried = rest
    dz = [a + b for a, b in zip(carried, g[-states:, steps.initial], strict=True)] * (kind.parts // states)
    if not plain:
        return np.concatenate([*(ds if reverse else ds[::-1]), np.concatenate(dz, 1)])
    np.concatenate(dz, 1, out=found[rows:])
    return found


def _stretches(steps: n.Schedule, count: int) -> Iterator[tuple[int, slice, n.Place, list[slice]]]:
    """So many steps together, from the last computed: the first of their rows; where these are in the result, and
    where the states before; and the rows of each step."""
    order, offset, before = [step.at for step in reversed(steps.steps)], steps.rows.start, steps.before
    for some in (order[k : k + max(1, count)] for k in range(0, len(order), max(1, count))):
        first, last = min(at.start for at in some), max(at.stop for at in some)
        if isinstance(before, slice):
            place = slice(before.start + first, before.start + last)
        else:
            place = before[first:last]
        yield first, slice(offset + first, offset + last), place, some


def _holds(x: Any) -> bool:
    """Whether there is anything but zeros in an array: of its bytes, which takes half as long as of its numbers."""
    return bool(np.ascontiguousarray(x).view(np.bool_).any())


def _beside(xs: Iterable[Any], ys: Iterable[Any]) -> Any:
    """The products of pairs, side by side."""
    return np.concatenate([x * y for x, y in zip(xs, ys, strict=True)], 1)


def _parted(found: Any, states: int, size: int, batch: int) -> tuple[Any, Any]:
    """The gradients for the rows, and for the states (S, B, H)."""
    rows = len(found) - batch
    return found[:rows], found[rows:, : states * size].reshape(batch, states, size).swapaxes(0, 1)


# -- the rules --------------------------------------------------------------------------------------------------------


def rnn_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool, nonlinearity: str) -> tuple[Any, ...]:
    """Back through time: d = dh (1 - h^2), or dh where h > 0; the step before gets dh = d y."""
    found = back(g, y, out, RNN if nonlinearity == "tanh" else RELU, batch_sizes, reverse)
    d, dz = _parted(found, 1, out.shape[2], batch_sizes[0])
    return d, d.T @ out[0, n.schedule(batch_sizes, reverse).before], dz


def lstm_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool) -> tuple[Any, ...]:
    """Back through time: dc += dh o (1 - tanh(c)^2), d = (dc u, dc c, dc i, dh tanh(c)) slope.

    The step before gets dh = d y, dc = dc f. The slope of a sigmoid is i (1 - i), that of the tanh 1 - u^2. A
    second-order pass has gradients for the gates, too.
    """
    d, dz = _parted(back(g, y, out, LSTM, batch_sizes, reverse), 2, out.shape[2], batch_sizes[0])
    return d, d.T @ out[4, n.schedule(batch_sizes, reverse).before], dz


def gru_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool) -> tuple[Any, ...]:
    """Back through time: d = (dn m r (1 - r), dh (h - n) s (1 - s), dn r) with dn = dh (1 - s) (1 - n^2).

    The step before gets dh s + d y. d belongs to y h + w; the gradient of x has dn itself in the third place.
    """
    size = out.shape[2]
    turned = np.concatenate((y[2 * size :], y[: 2 * size]))  # in the order of `gru_factors`
    found, dz = _parted(back(g, turned, out, GRU, batch_sizes, reverse), 1, size, batch_sizes[0])
    d = found[:, : 3 * size]
    dy, dw = d.T @ out[4, n.schedule(batch_sizes, reverse).before], p.summed(d, 0)
    dy, dw = (np.concatenate((each[size:], each[:size])) for each in (dy, dw))
    return found[:, size:], dy, dz, dw


define_shared(n.rnn, rnn_pull, inputs=3)
define_shared(n.lstm, lstm_pull, inputs=3)
define_shared(n.gru, gru_pull, inputs=4)
in_16_bits(n.rnn, n.lstm)  # the gates of a GRU meet its states, in float32
