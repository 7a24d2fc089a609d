"""Activation functions with their derivatives, as the engine computes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np

import autograd

from .. import functional as F
from ..module import Module
from ..utils import evaluating
from .figure import Figure
from .style import BLUE, DARK, GREY, PAPER, RED, Array, PathLike, bare, figure, finish, shorten

POINTS = 801  # before those around jumps are added
SATURATED = 0.01
TWELVE = (
    F.relu, F.leaky_relu, F.elu, F.selu, F.gelu, F.silu, F.mish, F.softplus, F.sigmoid, F.tanh, F.hardtanh, F.hardswish,
)  # fmt: skip

Function = Callable[[Any], Any]


def activations(
    functions: Mapping[str, Function] | Iterable[Function] | None = None,
    path: PathLike | None = None,
    *,
    limits: tuple[float, float] = (-4.0, 4.0),
    heading: str = "Activation functions and their derivatives",
) -> Figure:
    """Activation functions, each with its derivative as the engine computes it, all on one scale.

    A jump is drawn as one; a dot shows which value the derivative has there. Where it is smaller than 0.01 the
    background is grey: almost no gradient comes through.

    Args:
        functions: functions or modules from a tensor (N,) to one of this shape, that treat each number alike; in a dict
            by the names to show. By default a dozen of `nn.functional`.
        limits: the least and the largest input, which the shared scale shows.

    Raises ValueError if there is no function, for limits that are not in order, and for a function that is not
    elementwise.
    """
    named = _named(TWELVE if functions is None else functions)
    low, high = limits
    if not named:
        raise ValueError("expected at least one activation function, given none")
    if not low < high or not math.isfinite(high - low):
        raise ValueError(f"expected limits (low, high) with low < high, given {limits}")
    sampled = {name: _sampled(name, function, low, high) for name, function in named.items()}
    bottom, top = _range([values for _, value, slope, _ in sampled.values() for values in (value, slope)], low, high)

    columns = min(4, len(named)) if len(named) != 6 else 3
    rows = math.ceil(len(named) / columns)
    fig, axes = figure(1.85 * columns, 1.5 * rows, rows, columns, gaps=(0.32, 0.1))
    axes = np.array(axes, object).reshape(-1)
    for ax, (name, (x, value, slope, jumps)) in zip(axes, sampled.items(), strict=False):
        _panel(ax, x, value, slope, jumps)
        ax.set(xlim=(low, high), ylim=(bottom, top))
        ax.set_title(shorten(name, 22), loc="left", fontsize=10, color=DARK, pad=4)
    for i, ax in enumerate(axes):
        ax.axis("on" if i < len(named) else "off")
        ax.tick_params(labelbottom=i + columns >= len(named), labelleft=i % columns == 0, labelsize=8, colors=GREY)
    _heading(fig, heading, 1.5 * rows)
    return finish(fig, path, heading)


def _named(functions: Mapping[str, Function] | Iterable[Function]) -> dict[str, Function]:
    if isinstance(functions, Mapping):
        return {str(name): function for name, function in functions.items()}
    out: dict[str, Function] = {}
    for function in functions:
        name = str(getattr(function, "__name__", "") or type(function).__name__)
        number = 1 + sum(other == name or other.startswith(f"{name} (") for other in out)
        out[name if number == 1 else f"{name} ({number})"] = function
    return out


def _sampled(name: str, function: Function, low: float, high: float) -> tuple[Array, Array, Array, Array]:
    """Inputs with NaN between the two sides of each jump, values and derivatives there, and (x, f'(x)) at the jumps."""
    with ExitStack() as stack:
        if isinstance(function, Module):
            stack.enter_context(evaluating(function))
        x = np.linspace(low, high, POINTS)
        value, slope = _evaluated(name, function, x)
        if not np.allclose(_evaluated(name, function, x[::7])[0], value[::7], equal_nan=True, atol=1e-6):
            raise ValueError(f"expected functions that treat each number alike, {name!r} does not")
        left, right = _jumps(lambda points: _evaluated(name, function, points), x, value, slope)
        middles = np.round((left + right) / 2, 6)
        at_jumps = np.stack([middles, _evaluated(name, function, middles)[1]], 1)
        x = np.union1d(x[~np.isin(x, middles)], np.concatenate([left, right]))
        value, slope = _evaluated(name, function, x)
    breaks = np.searchsorted(x, right)
    x, value, slope = (np.insert(numbers, breaks, np.nan) for numbers in (x, value, slope))
    return x, value, slope, at_jumps


def _jumps(evaluated: Callable[[Array], tuple[Array, Array]], x: Array, *lines: Array) -> tuple[Array, Array]:
    """Both sides of each place where a line jumps: where a change does not shrink with the distance of two inputs.

    `evaluated` gives the values of all lines at other inputs. Each interval in which a line changes much is halved, 24
    times, to the half in which it changes more.
    """
    found = []
    for which, line in enumerate(lines):
        changes = np.abs(np.diff(line))
        at = np.flatnonzero((changes > 0.02) & (changes < np.inf))
        left, right = x[at], x[at + 1]
        for _ in range(24):
            middle = (left + right) / 2
            first, between, last = (evaluated(points)[which] for points in (left, middle, right))
            before = np.abs(between - first) >= np.abs(last - between)
            left, right = np.where(before, left, middle), np.where(before, middle, right)
        stays = np.abs(evaluated(right)[which] - evaluated(left)[which]) > changes[at] / 2
        found.append(np.stack([left[stays], right[stays]]))
    left, right = np.concatenate(found, 1)
    _, jump = np.unique(np.round((left + right) / 2, 6), return_inverse=True)  # of both lines, or on both sides
    count = jump.max(initial=-1) + 1
    first, last = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(first, jump, left)
    np.maximum.at(last, jump, right)
    return first, last


def _evaluated(name: str, function: Function, numbers: Array) -> tuple[Array, Array]:
    """The values of a function, and its derivatives."""
    with autograd.enable_grad():
        x = autograd.tensor(numbers, dtype=autograd.float64, requires_grad=True)
        out = function(x)
        if getattr(out, "shape", None) != x.shape:
            given = f"the shape {tuple(out.shape)}" if hasattr(out, "shape") else type(out).__name__
            raise ValueError(
                f"expected functions that return a tensor of the shape that they are given, {tuple(x.shape)}, {name!r} "
                f"returned {given}"
            )
        slopes = autograd.grad(out.sum(), x)[0].numpy() if out.requires_grad else np.zeros(len(numbers))
    values = out.detach().numpy().astype(float)
    return values, np.where(np.isnan(values), np.nan, slopes)


def _range(lines: list[Array], low: float, high: float) -> tuple[float, float]:
    """The least and largest value shown: what the functions reach, but little beyond the range of the inputs' half."""
    known = np.concatenate([line[np.isfinite(line)] for line in lines])
    if not len(known):
        return -1.0, 1.0
    most = (high - low) / 2
    bottom, top = max(float(known.min()), -most), min(float(known.max()), most)
    room = 0.08 * (top - bottom) or 1.0
    return bottom - room, top + room


def _panel(ax: Any, x: Array, value: Array, slope: Array, jumps: Array) -> None:
    for left, right in _saturated(x, slope):
        ax.axvspan(left, right, color=PAPER, linewidth=0, zorder=0)
    ax.axhline(0, color=GREY, linewidth=0.5, alpha=0.6, zorder=1)
    ax.axvline(0, color=GREY, linewidth=0.5, alpha=0.6, zorder=1)
    ax.plot(x, value, color=BLUE, linewidth=2.4, zorder=2)
    ax.plot(x, slope, color=RED, linewidth=1.2, zorder=3)
    ax.plot(jumps[:, 0], jumps[:, 1], color=RED, marker="o", markersize=3.5, linestyle="none", zorder=4)
    bare(ax)
    ax.locator_params(nbins=4, integer=True, prune="both")


def _saturated(x: Array, slope: Array) -> list[tuple[float, float]]:
    """The intervals in which the derivative is almost 0, without those where it only passes through it."""
    flat = np.abs(slope[~np.isnan(x)]) < SATURATED
    x = x[~np.isnan(x)]
    ends = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
    return [(x[i], x[j - 1]) for i, j in zip(ends[::2], ends[1::2], strict=True) if x[j - 1] - x[i] > np.ptp(x) / 40]


def _heading(fig: Any, heading: str, height: float) -> None:
    """The heading, and below it what the colours mean, each in its own."""
    fig.text(0, 1 + 0.62 / height, heading, fontsize=12, fontweight="bold")
    place = 1 + 0.38 / height
    parts = (("the function", BLUE), ("its derivative", RED), ("grey: a derivative below 0.01", GREY))
    for left, (text, colour) in zip((0, 0.85, 1.75), parts, strict=True):
        fig.text(left / fig.get_figwidth(), place, text, fontsize=9, color=colour)
