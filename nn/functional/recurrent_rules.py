"""The table, continued: back through time.

Each op has one rule for all its inputs. It goes through the steps from the last computed to the first and carries the
gradient of the states, `dh` and `dc`. What can be worked out for all steps together is: before the loop the factors
that lead from the states' gradients to those of the sums inside the gates, after it the gradient of the weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import define_shared
from autograd.calculus import primitives as p

from . import recurrent_primitives as n


def rnn_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool, nonlinearity: str) -> tuple[Any, ...]:
    """d = dh (1 - h^2), or dh where h > 0; the step before gets dh = d y."""
    steps = n.schedule(batch_sizes, reverse)
    g_rows, h = g[:, steps.rows], out[:, steps.rows]
    slope = 1 - h * h if nonlinearity == "tanh" else h > 0
    ds, dh = [], _zeros(1, out, batch_sizes)
    for at, _, _ in reversed(steps.steps):
        d = (g_rows[:, at] + _running(dh, at)) * slope[:, at]
        ds.append(d)
        dh = _update(dh, d @ y)
    dx = _joined(ds, reverse)
    return dx, dx.mT @ out[:, steps.before], dh + g[:, steps.initial]


def lstm_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool) -> tuple[Any, ...]:
    """dc += dh o (1 - tanh(c)^2); d = (dc u, dc c, dc i, dh tanh(c)) slope; the step before gets dh = d y, dc = dc f.

    The slope of a sigmoid is i (1 - i), that of the tanh 1 - u^2. A second-order pass has gradients for the gates, too.
    """
    steps = n.schedule(batch_sizes, reverse)
    g_rows = g[:, steps.rows]
    i, f, u, o, _, c = out[:, steps.rows]
    h_before, c_before = out[4:, steps.before]
    tanh_c = np.tanh(c)
    slope = np.stack((i * (1 - i), f * (1 - f), 1 - u * u, o * (1 - o)))
    factor, direct, dc_by_dh = np.stack((u, c_before, i, tanh_c)) * slope, g_rows[:4] * slope, o * (1 - tanh_c * tanh_c)
    ds, dh, dc = [], _zeros(1, out, batch_sizes), _zeros(1, out, batch_sizes)
    for at, _, _ in reversed(steps.steps):
        dh_at = g_rows[4:5, at] + _running(dh, at)
        dc_at = g_rows[5:, at] + _running(dc, at) + dh_at * dc_by_dh[at]
        d = np.concatenate((dc_at, dc_at, dc_at, dh_at)) * factor[:, at] + direct[:, at]
        ds.append(d)
        dh, dc = _update(dh, p.summed(d @ y, 0, keepdims=True)), _update(dc, dc_at * f[at])
    dx = _joined(ds, reverse)
    return dx, dx.mT @ h_before, np.concatenate((dh, dc)) + g[4:, steps.initial]


def gru_pull(g: Any, y: Any, out: Any, batch_sizes: Any, reverse: bool) -> tuple[Any, ...]:
    """d = (dn m r (1 - r), dh (h - n) s (1 - s), dn r), dn = dh (1 - s) (1 - n^2); the step before gets dh s + d y.

    d belongs to y h + w; the gradient of x has dn itself in the third place.
    """
    steps = n.schedule(batch_sizes, reverse)
    g_rows = g[:, steps.rows]
    r, s, new, m, _ = out[:, steps.rows]
    h_before = out[4, steps.before]
    slope_r, slope_s, slope_n = r * (1 - r), s * (1 - s), 1 - new * new
    factor_n, direct_n = (1 - s) * slope_n, g_rows[2] * slope_n
    factor = np.stack((factor_n * m * slope_r, (h_before - new) * slope_s, factor_n * r))
    direct = np.stack(((direct_n * m + g_rows[0]) * slope_r, g_rows[1] * slope_s, direct_n * r + g_rows[3]))
    ds, dhs, dh = [], [], _zeros(1, out, batch_sizes)
    for at, _, _ in reversed(steps.steps):
        dh_at = g_rows[4:, at] + _running(dh, at)
        d = dh_at * factor[:, at] + direct[:, at]
        ds.append(d)
        dhs.append(dh_at)
        dh = _update(dh, dh_at * s[at] + p.summed(d @ y, 0, keepdims=True))
    d = _joined(ds, reverse)
    dx = np.concatenate((d[:2], _joined(dhs, reverse) * factor_n + direct_n))
    return dx, d.mT @ h_before, dh + g[4:, steps.initial], p.summed(d, 1, keepdims=True)


def _zeros(states: int, out: Any, batch_sizes: Any) -> Any:
    return np.zeros((states, batch_sizes[0], out.shape[2]), out.dtype)


def _running(dh: Any, at: slice) -> Any:
    """The part of dh that belongs to the sequences of a step."""
    return dh[:, : at.stop - at.start]


def _update(dh: Any, new: Any) -> Any:
    """dh after a step: `new` for its sequences, unchanged for those that it has not met."""
    n = new.shape[1]
    return new if n == dh.shape[1] else np.concatenate((new, dh[:, n:]), 1)


def _joined(ds: list[Any], reverse: bool) -> Any:
    """The rows of all steps, in order."""
    return np.concatenate(ds if reverse else ds[::-1], 1)


define_shared(n.rnn, rnn_pull, inputs=3)
define_shared(n.lstm, lstm_pull, inputs=3)
define_shared(n.gru, gru_pull, inputs=4)
