"""The table, continued: back through time.

Each op has one rule for all its inputs. It goes through the steps from the last computed to the first and carries the
gradient of the states, `dh` and `dc`. What can be worked out for all steps together is: before the loop the factors
that lead from the states' gradients to those of the sums inside the gates, after it the gradient of the weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.calculus import in_16_bits
from autograd.calculus import primitives as p
from autograd.calculus.shared_rules import define_shared

from . import recurrent_primitives as n


def rnn_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool, nonlinearity: str) -> tuple[Any, ...]:
    """Back through time: d = dh (1 - h^2), or dh where h > 0; the step before gets dh = d y."""
    steps = n.schedule(batch_sizes, reverse)
    g_rows, h = g[0, steps.rows], out[0, steps.rows]
    slope = 1 - h * h if nonlinearity == "tanh" else h > 0
    ds, dh = [], _zeros(out, batch_sizes)
    for at, _, _ in reversed(steps.steps):
        d = (g_rows[at] + _running(dh, at)) * slope[at]
        ds.append(d)
        dh = _update(dh, d @ y)
    dx = _joined(ds, reverse)
    return dx, dx.T @ out[0, steps.before], dh + g[:, steps.initial]


def lstm_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool) -> tuple[Any, ...]:
    """Back through time: dc += dh o (1 - tanh(c)^2), d = (dc u, dc c, dc i, dh tanh(c)) slope.

    The step before gets dh = d y, dc = dc f. The slope of a sigmoid is i (1 - i), that of the tanh 1 - u^2. A
    second-order pass has gradients for the gates, too.
    """
    steps = n.schedule(batch_sizes, reverse)
    *g_gates, g_h, g_c = g[:, steps.rows]
    i, f, u, o, _, c = out[:, steps.rows]
    h_before, c_before = out[4:, steps.before]
    tanh_c = np.tanh(c)
    slopes = i * (1 - i), f * (1 - f), 1 - u * u, o * (1 - o)
    factor = _products((u, c_before, i, tanh_c), slopes)
    direct = _products(g_gates, slopes) if g[:4].any() else None
    dc_by_dh = o * (1 - tanh_c * tanh_c)
    ds, dh, dc = [], _zeros(out, batch_sizes), _zeros(out, batch_sizes)
    for at, _, _ in reversed(steps.steps):
        dh_at = g_h[at] + _running(dh, at)
        dc_at = g_c[at] + _running(dc, at) + dh_at * dc_by_dh[at]
        d = np.concatenate((dc_at, dc_at, dc_at, dh_at), 1) * factor[at]
        if direct is not None:
            d = d + direct[at]
        ds.append(d)
        dh, dc = _update(dh, d @ y), _update(dc, dc_at * f[at])
    dx = _joined(ds, reverse)
    return dx, dx.T @ h_before, np.stack((dh, dc)) + g[4:, steps.initial]


def gru_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool) -> tuple[Any, ...]:
    """Back through time: d = (dn m r (1 - r), dh (h - n) s (1 - s), dn r) with dn = dh (1 - s) (1 - n^2).

    The step before gets dh s + d y. d belongs to y h + w; the gradient of x has dn itself in the third place.
    """
    steps = n.schedule(batch_sizes, reverse)
    g_r, g_s, g_n, g_m, g_h = g[:, steps.rows]
    r, s, new, m, _ = out[:, steps.rows]
    h_before = out[4, steps.before]
    slope_r, slope_s, slope_n = r * (1 - r), s * (1 - s), 1 - new * new
    factor_n, direct_n = (1 - s) * slope_n, g_n * slope_n
    factor = np.concatenate((factor_n * m * slope_r, (h_before - new) * slope_s, factor_n * r), 1)
    direct = np.concatenate(((direct_n * m + g_r) * slope_r, g_s * slope_s, direct_n * r + g_m), 1)
    ds, dhs, dh = [], [], _zeros(out, batch_sizes)
    for at, _, _ in reversed(steps.steps):
        dh_at = g_h[at] + _running(dh, at)
        d = np.concatenate((dh_at, dh_at, dh_at), 1) * factor[at] + direct[at]
        ds.append(d)
        dhs.append(dh_at)
        dh = _update(dh, dh_at * s[at] + d @ y)
    d = _joined(ds, reverse)
    dx = np.concatenate((d[:, : 2 * y.shape[1]], _joined(dhs, reverse) * factor_n + direct_n), 1)
    return dx, d.T @ h_before, dh + g[4:, steps.initial], p.summed(d, 0)


def _products(xs: Iterable[Any], ys: Iterable[Any]) -> Any:
    """What belongs to each gate, multiplied, side by side: (rows, G H)."""
    return np.concatenate([x * y for x, y in zip(xs, ys, strict=True)], 1)


def _zeros(out: Any, batch_sizes: Any) -> Any:
    return np.zeros((batch_sizes[0], out.shape[2]), out.dtype)


def _running(dh: Any, at: slice) -> Any:
    """The part of dh that belongs to the sequences of a step."""
    return dh[: at.stop - at.start]


def _update(dh: Any, new: Any) -> Any:
    """dh after a step: `new` for its sequences, unchanged for those that it has not met."""
    return new if len(new) == len(dh) else np.concatenate((new, dh[len(new) :]))


def _joined(ds: list[Any], reverse: bool) -> Any:
    """The rows of all steps, in order."""
    return np.concatenate(ds if reverse else ds[::-1])


define_shared(n.rnn, rnn_pull, inputs=3)
define_shared(n.lstm, lstm_pull, inputs=3)
define_shared(n.gru, gru_pull, inputs=4)
in_16_bits(n.rnn, n.lstm)  # the gates of a GRU meet its states, in float32
