"""What a model predicts at every point of the plane: in the end, and while it learned."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd.tools.extras import require

from ..module import Module
from ..recorder import Recorder, Snapshot
from ..utils import evaluating
from .figure import Figure
from .style import (
    BLUE,
    CLASSES,
    DARK,
    GREY,
    PALE,
    RED,
    Array,
    PathLike,
    array,
    figure,
    finish,
    finite,
    plain_text,
    rounded,
    shades,
    title,
)

POINTS = 300  # along each side of the plane
CHUNK = 10_000  # points that the model gets at once
DOTS_PER_INCH, COLOURS = 88, 48  # of an animation: few, for a small file
LAST = 1800  # milliseconds that an animation stands at its end


class Plane(NamedTuple):
    """The part of the plane that is drawn, its samples and their classes, and the points at which a model is asked."""

    x: Array
    y: Array
    columns: Array
    rows: Array

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left, right, below, above."""
        return self.columns[0, 0], self.columns[0, -1], self.rows[0, 0], self.rows[-1, 0]

    @property
    def size(self) -> tuple[float, float]:
        """Inches of its picture: equal units to the right and upwards, unless that would be a thin strip."""
        left, right, below, above = self.frame
        ratio = (above - below) / (right - left)
        if not self.alike:
            return 6.2, 4.6
        return (6.2, 6.2 * ratio) if ratio < 1 else (4.6 / ratio, 4.6)

    @property
    def alike(self) -> bool:
        """Whether a unit to the right is as long as one upwards."""
        left, right, below, above = self.frame
        return bool(1 / 3 < (right - left) / (above - below) < 3)


def decision_boundary(
    model: Any,
    x: Any,
    y: Any,
    path: PathLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
    heading: str = "Decision boundary",
) -> Figure:
    """The plane of two inputs in the colours of the classes, with the boundaries between them and the samples.

    Args:
        model: a Module from (N, 2) to scores (N, C), or to a single score, (N,) or (N, 1). A single score separates two
            classes at 0, with dashed margins at -1 and 1; or at 0.5 if it lies between 0 and 1 everywhere.
        x: samples (N, 2).
        y: class numbers (N,); for a single score also -1 and 1, and (N, 1).
        classes: names of the classes, for a legend.

    Raises ValueError for samples of another shape, and for other than one class for each.
    """
    plane = _plane(x, y, POINTS)
    scores = finite(_scores(model, plane))
    fig, ax = figure(*plane.size)
    _paint(ax, plane, scores, _Scale.of(scores), classes)
    title(ax, heading)
    return finish(fig, path)


def boundary_animation(
    recorded: Recorder | Sequence[Snapshot],
    x: Any,
    y: Any,
    path: PathLike | None = None,
    *,
    model: Module | None = None,
    classes: Sequence[Any] | None = None,
    most: int = 40,
    seconds: float = 6.0,
    heading: str = "Learning where the classes lie",
) -> Figure:
    """The decision boundary while it is learned: a film as .gif; as .png, .svg or .pdf a sheet of eight moments of it.

        recorder = nn.train.Recorder(snapshots=40)
        Trainer(callbacks=[recorder]).fit(model, (x, y), ...)
        nn.plot.boundary_animation(recorder, x, y, "learning.gif")

    Colours and lines are those of `decision_boundary`, with one scale for all frames; the epoch and the training loss
    stand in each. `source` is a list of the frames, each a figure of Matplotlib.

    Args:
        recorded: a Recorder with snapshots; or the snapshots, with the `model` they are of, which is left as it is.
        x, y, classes: as for `decision_boundary`.
        most: the largest number of frames; of more snapshots evenly chosen ones are drawn, the last always.
        seconds: how long the film takes, not counting the rest at its end.

    Raises ValueError without two snapshots, and for samples of another shape; TypeError for snapshots without a model.
    """
    if not isinstance(most, int) or most < 2 or not seconds > 0:
        raise ValueError(f"expected most to be 2 or more and seconds above 0, given {most!r} and {seconds!r}")
    copies = recorded.copies if isinstance(recorded, Recorder) else list(recorded)
    if len(copies) < 2:
        raise ValueError(f"expected 2 snapshots or more, given {len(copies)}: record them, Recorder(snapshots=40)")
    model = recorded.model if isinstance(recorded, Recorder) else model
    if model is None:
        raise TypeError("expected model=..., the model of which the snapshots are")
    plane, copies, model = _plane(x, y, POINTS // 2), _evenly(copies, most), deepcopy(model)
    scores, told = [], []
    for copy in copies:
        model.load_state_dict(copy.state)
        out = _scores(model, plane)
        told.append(_told(copy, bool(np.isfinite(out).all())))
        scores.append(finite(out))
    scale = _Scale.of(np.stack(scores))
    frames = [_frame(plane, out, scale, classes, heading, words) for out, words in zip(scores, told, strict=True)]
    shown = _evenly(range(len(copies)), 8)
    sheet = _sheet(plane, [scores[i] for i in shown], scale, [told[i] for i in shown], heading)
    pause = max(round(1000 * seconds / len(frames)), 20)
    ways: dict[str, Callable[[], bytes]] = {".gif": lambda: _film(frames, pause), **finish(sheet, None).ways}
    picture = Figure(f"{heading}, {len(frames)} frames", frames, ways)
    if path is not None:
        picture.save(path)
    return picture


def _plane(x: Any, y: Any, points: int) -> Plane:
    x, y = array(x), array(y).reshape(-1)
    if x.ndim != 2 or x.shape[1] != 2 or len(x) != len(y) or not len(x):
        raise ValueError(f"expected inputs (N, 2) and N classes, given {x.shape} and {len(y)}")
    room = 0.15 * np.maximum(np.ptp(x, axis=0), 1e-6)
    (left, below), (right, above) = x.min(0) - room, x.max(0) + room
    return Plane(x, y, *np.meshgrid(np.linspace(left, right, points), np.linspace(below, above, points)))


def _scores(model: Any, plane: Plane) -> Array:
    """The outputs (rows, columns, C) of a model in evaluation mode; afterwards it is in the mode it had before."""
    points = np.stack([plane.columns.ravel(), plane.rows.ravel()], 1)
    points = points.astype(plane.x.dtype if plane.x.dtype.kind == "f" else "f4")
    with evaluating(model):
        parts = [model(autograd.from_numpy(points[i : i + CHUNK])).numpy() for i in range(0, len(points), CHUNK)]
    return np.concatenate(parts).reshape(*plane.columns.shape, -1)


class _Scale(NamedTuple):
    """How a single score becomes a colour: the score of the boundary, and how far from it the colour is full."""

    middle: float
    limit: float

    @classmethod
    def of(cls, scores: Array) -> _Scale:
        if scores.min() >= 0 and scores.max() <= 1:
            return cls(0.5, 0.8)
        return cls(0.0, max(1.5 * float(np.percentile(np.abs(scores), 90)), 1e-3))


def _paint(
    ax: Any, plane: Plane, scores: Array, scale: _Scale, classes: Sequence[Any] | None = None, small: float = 1.0
) -> None:
    """Draw the plane, the boundaries and the samples; `small` shrinks dots and lines."""
    left, right, below, above = plane.frame
    frame = {"extent": plane.frame, "origin": "lower", "interpolation": "bilinear"}
    frame["aspect"] = "equal" if plane.alike else "auto"
    colours: Sequence[str] = CLASSES
    y = plane.y
    if scores.shape[2] == 1:
        _one_score(ax, plane, scores[..., 0], scale, frame, small)
        middle = (y.min() + y.max()) / 2 if np.ptp(y) else 0
        numbers = (y > middle).astype(int)
    else:
        colours = [CLASSES[i % len(CLASSES)] for i in range(scores.shape[2])]
        _many_scores(ax, plane, scores, frame, colours, small)
        numbers = y.astype(int)
    size = np.interp(np.log10(len(y)), [0.5, 2, 3.5], [160, 42, 8]) * small**2
    for number in np.unique(numbers).tolist():
        name = classes[number] if classes is not None else None
        dots = plane.x[numbers == number].T
        ax.scatter(*dots, s=size, color=colours[number], edgecolor="white", linewidth=min(size / 42, 1.5), label=name)
    ax.set(xlim=(left, right), ylim=(below, above))
    ax.axis("off")
    if classes is not None:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, handletextpad=0.2)


def _one_score(ax: Any, plane: Plane, score: Array, scale: _Scale, frame: dict[str, Any], small: float) -> None:
    low, high = scale.middle - scale.limit, scale.middle + scale.limit
    ax.imshow(score, cmap=shades(RED, PALE, BLUE), vmin=low, vmax=high, **frame)
    _contour(ax, plane, score, scale.middle, linewidths=2 * small)
    for margin in (-1.0, 1.0) if scale.middle == 0 else ():
        _contour(ax, plane, score, margin, linewidths=0.8 * small, linestyles="--")


def _many_scores(
    ax: Any, plane: Plane, scores: Array, frame: dict[str, Any], colours: Sequence[str], small: float
) -> None:
    """Colour each point with a mixture of the classes' colours, weighted by their probabilities."""
    from matplotlib.colors import to_rgb

    chances = np.exp(scores - scores.max(2, keepdims=True))
    chances /= chances.sum(2, keepdims=True)
    mixture = chances @ np.array([to_rgb(colour) for colour in colours])
    sure = (chances.max(2, keepdims=True) - 1 / chances.shape[2]) / (1 - 1 / chances.shape[2])
    depth = 0.08 + 0.42 * sure
    ax.imshow((1 - depth) * to_rgb(PALE) + depth * mixture, **frame)
    for i in range(scores.shape[2]):
        lead = scores[..., i] - np.delete(scores, i, axis=2).max(2)
        _contour(ax, plane, lead, 0.0, linewidths=1.4 * small)


def _contour(ax: Any, plane: Plane, values: Array, level: float, **options: Any) -> None:
    if values.min() < level < values.max():
        ax.contour(plane.columns, plane.rows, values, [level], colors=DARK, **options)


# -- the film --------------------------------------------------------------------------------------------------------


def _told(copy: Snapshot, known: bool) -> str:
    words = f"epoch {copy.epoch:,}" if copy.epoch else "before training"
    if copy.loss is not None:
        words += f"   loss {rounded(copy.loss) if math.isfinite(copy.loss) else 'not finite'}"
    return words if known else f"{words}   outputs not finite"


def _evenly(items: Sequence[Any], most: int) -> list[Any]:
    """At most so many of the items, with equal distances, the first and the last among them."""
    places = np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int)
    return [items[i] for i in places]


def _frame(plane: Plane, scores: Array, scale: _Scale, classes: Sequence[Any] | None, heading: str, words: str) -> Any:
    fig, ax = figure(*plane.size)
    _paint(ax, plane, scores, scale, classes)
    title(ax, heading, words)
    plain_text(fig)
    return fig


def _sheet(plane: Plane, scores: list[Array], scale: _Scale, told: list[str], heading: str) -> Any:
    columns = min(len(scores), 4)
    rows = -(-len(scores) // columns)
    width, height = (2.5 * side / plane.size[0] for side in plane.size)
    fig, axes = figure(width * columns * 1.05, (height + 0.3) * rows, rows, columns, (0.3 / height, 0.05))
    for ax, out, words in zip(np.ravel(axes), scores, told, strict=False):
        _paint(ax, plane, out, scale, small=0.5)
        ax.set_title(words, loc="left", fontsize=9, color=GREY, pad=4)
    for ax in np.ravel(axes)[len(scores) :]:
        ax.axis("off")
    fig.text(0, 1 + 0.36 / fig.get_figheight(), heading, fontsize=12, fontweight="bold")
    return fig


def _film(frames: list[Any], pause: int) -> bytes:
    """The frames as an animated GIF, all in one palette."""
    from matplotlib.colors import to_rgb
    from matplotlib.transforms import Bbox

    images = require("PIL.Image", "demos", "an animation is written with Pillow")
    box = Bbox.union([fig.get_tightbbox() for fig in (frames[0], frames[-1])]).padded(0.12)
    pictures = []
    for fig in frames:
        file = BytesIO()
        fig.savefig(file, format="png", dpi=DOTS_PER_INCH, bbox_inches=box)
        pictures.append(images.open(file).convert("RGB"))
    width, height = pictures[0].size
    both = images.new("RGB", (2 * width, height))
    both.paste(pictures[len(pictures) // 2], (0, 0))
    both.paste(pictures[-1], (width, 0))
    fixed = [round(255 * part) for colour in ("white", DARK, GREY, RED, BLUE) for part in to_rgb(colour)]
    palette = both.quantize(COLOURS)
    palette.putpalette(fixed + palette.getpalette()[: 3 * COLOURS])
    first, *others = [picture.quantize(palette=palette, dither=0) for picture in pictures]
    file = BytesIO()
    pauses = [pause] * len(others) + [LAST]
    first.save(file, "GIF", save_all=True, append_images=others, duration=pauses, loop=0, optimize=False)
    return file.getvalue()
