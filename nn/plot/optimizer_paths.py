"""Where optimizers go on a function of two numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import autograd

from .figure import Figure
from .line_labels import coloured, key, short
from .loss_surface import contours
from .style import DARK, GREY, Array, PathLike, array, bare, figure, finish, rounded, title

POINTS = 200


def paths(
    function: Callable[[Any, Any], Any],
    runs: Mapping[str, Any],
    path: PathLike | None = None,
    *,
    minimum: tuple[float, float] | None = None,
    area: tuple[float, float, float, float] | None = None,
    heading: str = "Paths of the optimizers",
) -> Figure:
    """The paths of several optimizers over the contour lines of a function of two numbers, the lowest end first.

    Args:
        function: such as Rosenbrock's, `lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2`. It is given two tensors of
            float64, (200, 200), and later (N,), and returns one of the same shape.
        runs: the points (N, 2) that each optimizer visited, by its name.
        minimum: where the function is least, to be marked.
        area: the part of the plane to show, (left, right, below, above); by default all points, but not those of an
            optimizer that goes far beyond all others.

    The key says how low each got, or at which step it became NaN or infinite. Raises ValueError if there are no runs,
    for points of another shape, and for a function that returns another shape.
    """
    visited = {str(name): _points(str(name), given) for name, given in runs.items()}
    if not visited:
        raise ValueError("expected the path of at least one optimizer, given none")
    left, right, below, above = area or _area(list(visited.values()), minimum)
    across, down = np.linspace(left, right, POINTS), np.linspace(below, above, POINTS)

    fig, ax = figure(4.6, float(np.clip(4.6 * (above - below) / (right - left), 2, 6)))
    contours(ax, across, down, _heights(function, *np.meshgrid(across, down)))
    results = {name: _result(function, points) for name, points in visited.items()}
    ranked = sorted(results, key=lambda name: results[name][0])
    colours = coloured(ranked, list(visited))
    for name in reversed(ranked):
        points = visited[name][np.isfinite(visited[name]).all(1)]
        marker = {"marker": "o", "markersize": 2.5} if len(points) < 60 else {}
        ax.plot(*points.T, color=colours[name], linewidth=1.6, **marker)
        ax.plot(*points[-1:].T, color=colours[name], marker="o", markersize=6, markeredgecolor="white")
    for points in visited.values():
        ax.plot(*points[0], color=DARK, marker="o", markersize=6, markerfacecolor="white", zorder=4)
    if minimum is not None:
        ax.plot(*minimum, color=DARK, marker="*", markersize=13, markeredgecolor="white", zorder=3.5, linestyle="none")
    ax.set(xlim=(left, right), ylim=(below, above))
    bare(ax)
    ax.locator_params(nbins=5)
    ax.tick_params(colors=GREY, labelsize=9)
    outside = {n for n, points in visited.items() if _leaves(points, left, right, below, above)}
    beyond = dict.fromkeys(outside, ", out of the picture")
    key(ax, [(f"{short(name)}  {results[name][1]}{beyond.get(name, '')}", colours[name]) for name in ranked[:12]])
    title(ax, heading, "white: the start" + ("; star: the minimum" if minimum is not None else ""))
    return finish(fig, path)


def _points(name: str, given: Any) -> Array:
    points = np.array([array(point) for point in given], float) if isinstance(given, list | tuple) else array(given)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points[0]).all():
        raise ValueError(f"expected the points (N, 2) of {name!r}, the first of them finite, given {points.shape}")
    return points.astype(float)


def _area(visited: list[Array], minimum: tuple[float, float] | None) -> tuple[float, float, float, float]:
    """The rectangle around all points no further from their start than three times what is usual, with room."""
    away = [np.nan_to_num(np.abs(points - points[0]).max(1), nan=np.inf) for points in visited]
    usual = np.median([far[np.isfinite(far)].max() for far in away])
    near = [points[far <= 3 * usual] for points, far in zip(visited, away, strict=True)]
    every = np.concatenate([*near, *([np.array([minimum], float)] if minimum is not None else [])])
    low, high = every.min(0), every.max(0)
    size = np.maximum(high - low, (high - low).max() / 2 or 1.0)
    middle = (low + high) / 2
    (left, below), (right, above) = middle - 0.62 * size, middle + 0.62 * size
    return left, right, below, above


def _heights(function: Callable[[Any, Any], Any], x: Array, y: Array) -> Array:
    with autograd.no_grad(), np.errstate(all="ignore"):
        values = array(function(autograd.from_numpy(x.copy()), autograd.from_numpy(y.copy()))).astype(float)
    if values.shape != x.shape:
        raise ValueError(
            f"expected a function of x and y that returns the shape {x.shape} they have, not {values.shape}"
        )
    return values


def _result(function: Callable[[Any, Any], Any], points: Array) -> tuple[float, str]:
    """The last value, infinite if there is none, and what the key says of it."""
    values = _heights(function, *points.T)
    wrong = np.flatnonzero(~np.isfinite(values) | ~np.isfinite(points).all(1))
    if len(wrong):
        nan = np.isnan(points[wrong[0]]).any() or np.isnan(values[wrong[0]])
        return np.inf, f"{'NaN' if nan else 'infinite'} at step {wrong[0]}"
    steps = len(points) - 1
    return float(values[-1]), f"{rounded(values[-1])} after {steps:,} step{'s' * (steps != 1)}"


def _leaves(points: Array, left: float, right: float, below: float, above: float) -> bool:
    x, y = points[np.isfinite(points).all(1)].T
    return bool(((x < left) | (x > right) | (y < below) | (y > above)).any())
