"""The loss around a solution, on a plane through the space of all weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

import autograd

from ..module import Module
from ..utils import evaluating
from .figure import Figure
from .line_labels import name_ends
from .style import BLUE, DARK, GREY, PAPER, RED, Array, PathLike, array, bare, figure, finish, rounded, shades, title

MOST = 1e30  # larger losses count as infinite


def loss_landscape(
    model: Module,
    loss: Callable[[Any, Any], Any],
    x: Any,
    y: Any,
    path: PathLike | None = None,
    *,
    snapshots: Iterable[Any] | None = None,
    points: int = 25,
    reach: float = 1.0,
    profile: bool = False,
    seed: int = 0,
    heading: str = "Loss around the solution",
) -> Figure:
    """The loss on a plane through the weights of a model, which lie in the middle (Li et al., 2018).

    The plane is spanned by two random directions. In each, a filter (the weights of one unit or kernel) is as long as
    the same filter of the model, and biases and other vectors are 0: at 1 on an axis, noise as large as the weights has
    been added to them. So surfaces of different models can be compared. The model is in evaluation mode; afterwards its
    parameters are the same arrays as before.

    Args:
        loss: called as `loss(model(x), y)`.
        x, y: a batch of inputs and targets, best the whole training set or a large part of it.
        snapshots: the weights at some moments of the training, the earliest first: copies of `model.state_dict()`, or
            vectors as `parameters_to_vector` gives. The plane is then the one in which their path to the model varies
            most (their first two principal components), in units of the weights, and the path is drawn in it.
        points: along each side of the plane: the loss is computed points² times.
        reach: how far each axis goes to either side; with snapshots, the multiple of the extent of their path.
        profile: also draw the loss along both axes.
        seed: of the random directions; the same seed gives the same plane.

    Raises ValueError for a model without parameters other than 0, for fewer than 3 points, and for snapshots of another
    model.
    """
    named = dict(model.named_parameters())
    start = [array(parameter).astype(float) for parameter in named.values()]
    if not any(values.any() for values in start):
        raise ValueError(f"expected a model with weights other than 0, {type(model).__name__} has none")
    if points < 3:
        raise ValueError(f"expected 3 points or more along each side, given {points}")
    given = None if snapshots is None else np.array([_vector(named, snapshot) for snapshot in snapshots])
    rng = np.random.default_rng(seed)
    directions = [_random_direction(rng, start) for _ in range(2)]
    middle, trail, about = _flat(start), None, "at 1, noise as large as the weights is added"
    across = down = np.linspace(-reach, reach, points)
    if given is not None and len(given):
        directions, trail, kept = _plane_of_path(given - middle, directions)
        across, down = (np.linspace(*ends, points) for ends in _extents(trail, reach))
        about = f"white: the start; {kept:.0%} of the movement is in this plane"
    with _moved(model, list(named.values()), middle) as move, autograd.no_grad():
        inputs, target = autograd.as_tensor(x), autograd.as_tensor(y)

        def measured(a: float, b: float) -> float:
            move(middle + a * directions[0] + b * directions[1])
            with np.errstate(all="ignore"):
                return float(loss(model(inputs), target))

        values = np.array([[measured(a, b) for a in across] for b in down])
        lines = [[measured(a, 0) for a in across], [measured(0, b) for b in down]] if profile else []
        here = measured(0, 0)

    fig, ax = figure(4.6, 4.2)
    ax.set(xlim=across[[0, -1]], ylim=down[[0, -1]])
    contours(ax, across, down, values)
    if trail is not None:
        ax.plot(*trail.T, color=RED, linewidth=1.5, marker="o", markersize=3)
        ax.plot(*trail[0], color=DARK, marker="o", markersize=6, markerfacecolor="white")
    ax.plot(0, 0, color=RED, marker="o", markersize=7, markeredgecolor="white")
    bare(ax)
    ax.locator_params(nbins=5)
    ax.tick_params(colors=GREY, labelsize=9)
    if profile:
        _profile(fig, (across, down), lines)
    holes = "" if _finite(values).all() else "; grey: not finite"
    title(ax, heading, f"{rounded(here) if np.isfinite(here) else 'not finite'} at the dot; {about}{holes}")
    return finish(fig, path)


def contours(ax: Any, across: Array, down: Array, values: Array) -> None:
    """Fill a plane by its height, the deeper the darker, with lines of equal height that say how high they are.

    The steps grow with the height, in a constant ratio where that fits. What is not finite stays grey.
    """
    ax.set_facecolor("#d5d7da")
    known = _finite(values)
    if not known.any():
        return
    low, high = values[known].min(), np.percentile(values[known], 98)
    if not high > low:
        high = values[known].max()
    if not high > low:
        low, high = low - 0.5, low + 0.5
    steps = np.linspace(0, 1, 15)
    levels = low * (high / low) ** steps if low > 0 and high > 20 * low else low + (high - low) * steps**2
    shown = np.ma.masked_array(values, ~known)
    spaced = {"levels": levels, "norm": _by_step(levels), "extend": "max"}
    ax.contourf(across, down, shown, cmap=shades(BLUE, "#9fb4c7", PAPER), **spaced)
    lines = ax.contour(across, down, shown, levels=levels[1:], colors=DARK, linewidths=0.4, alpha=0.5)
    ax.clabel(lines, lines.levels[2::3], fontsize=7, fmt=rounded)


def _by_step(levels: Array) -> Any:
    from matplotlib.colors import BoundaryNorm

    return BoundaryNorm(levels, 256, extend="max")


def _random_direction(rng: np.random.Generator, weights: list[Array]) -> Array:
    """A random direction with filters as long as those of the weights, and 0 for vectors and numbers."""
    parts = []
    several = any(values.ndim > 1 and values.any() for values in weights)
    for values in weights:
        noise = rng.normal(size=values.shape)
        axes = tuple(range(1, values.ndim)) if values.ndim > 1 else None
        length = np.sqrt(np.sum(noise**2, axis=axes, keepdims=True))
        scaled = noise * np.sqrt(np.sum(values**2, axis=axes, keepdims=True)) / np.where(length > 0, length, 1)
        parts.append(scaled if values.ndim > 1 or not several else np.zeros(values.shape))
    return _flat(parts)


def _plane_of_path(path: Array, others: list[Array]) -> tuple[list[Array], Array, float]:
    """The two directions in which a path to 0 varies most, the path in them, and the share of it that they show.

    Where it does not vary, one of the other directions takes the place.
    """
    path = np.vstack([path, np.zeros(path.shape[1])])
    if not np.isfinite(path).all():
        raise ValueError("expected snapshots of finite weights: leave out those after the training diverged")
    _, lengths, axes = np.linalg.svd(path, full_matrices=False)
    directions: list[Array] = [axis for axis, length in zip(axes, lengths, strict=True) if length > 1e-9][:2]
    for other in others[len(directions) :]:
        for direction in directions:
            other = other - (other @ direction) * direction
        directions.append(other / np.sqrt(other @ other))
    total = np.sum(lengths**2)
    return directions, path @ np.stack(directions, 1), float(np.sum(lengths[:2] ** 2) / total) if total else 1.0


def _extents(trail: Array, reach: float) -> list[tuple[float, float]]:
    """The ends of both axes with a path on them, and room around it."""
    size = np.ptp(trail, axis=0)
    room = reach * np.maximum(0.35 * size, 0.2 * size.max() or 1.0)
    return list(zip(trail.min(0) - room, trail.max(0) + room, strict=True))


def _vector(named: Mapping[str, Any], snapshot: Any) -> Array:
    """A snapshot of the parameters as one vector."""
    size = sum(array(parameter).size for parameter in named.values())
    if isinstance(snapshot, Mapping):
        if missing := [name for name in named if name not in snapshot]:
            raise ValueError(f"expected snapshots of this model's state_dict(), one lacks {', '.join(missing[:3])}")
        vector = _flat([array(snapshot[name]) for name in named])
    else:
        vector = array(snapshot).astype(float).reshape(-1)
    if vector.size != size:
        raise ValueError(f"expected snapshots of {size:,} parameters, given one of {vector.size:,}")
    return vector


def _flat(parts: list[Array]) -> Array:
    return np.concatenate([part.astype(float).reshape(-1) for part in parts])


@contextmanager
def _moved(model: Module, parameters: list[Any], middle: Array) -> Iterator[Callable[[Array], None]]:
    """A function that gives a model in evaluation mode other weights, until the end of the `with` block.

    The parameters get other arrays, not other numbers: at the end they hold again the memory that they held before.
    """
    kept = [parameter.data for parameter in parameters]
    ends = np.cumsum([0, *(data.numel() for data in kept)])

    def move(vector: Array) -> None:
        for parameter, data, i, j in zip(parameters, kept, ends, ends[1:], strict=False):
            if vector[i:j].tobytes() == middle[i:j].tobytes():
                parameter.data = data
            else:
                parameter.data = autograd.as_tensor(vector[i:j].reshape(data.shape)).to(data.dtype)

    with evaluating(model):
        try:
            yield move
        finally:
            for parameter, data in zip(parameters, kept, strict=True):
                parameter.data = data


def _profile(fig: Any, axes: tuple[Array, Array], lines: list[list[float]]) -> None:
    """The loss along both axes of the plane, to the right of it."""
    ax = fig.add_axes((1.25, 0, 0.75, 1))
    ends = []
    for i, (places, values) in enumerate(zip(axes, map(np.array, lines), strict=True)):
        known, colour = _finite(values), (BLUE, RED)[i]
        ax.plot(places[known], values[known], color=colour, linewidth=2)
        if known.any():
            ends.append((values[known][-1], ("across", "up")[i], colour))
    ax.axvline(0, color=GREY, linewidth=0.5)
    ax.set_xlim(min(places[0] for places in axes), max(places[-1] for places in axes))
    ax.grid(axis="y", color=GREY, alpha=0.25)
    ax.set_xlabel("along both axes")
    ax.locator_params(nbins=5)
    bare(ax, "bottom")
    name_ends(ax, ends)


def _finite(values: Array) -> Array:
    return np.abs(values) < MOST
