"""What all pictures share: colours, type, and how a figure is made and written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograd

BLUE, RED, GREY, DARK = "#2f5d8a", "#c8553d", "#8a8f98", "#22303c"
PAPER, PALE = "#f1efea", "#f7f5f2"  # under ink; between red and blue
CLASSES = (RED, BLUE, "#d9a441", "#5b8c6e", "#7d5a8c", "#3f9aa8", "#b5678a", "#a3783f", "#6477b0", GREY)
DOTS = 150  # to an inch

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]


def figure(width: float, height: float, rows: int = 1, columns: int = 1, gaps: tuple[float, float] = (0, 0)) -> Any:
    """A figure whose axes fill so many inches, and its axes; what is written around them enlarges it.

    Gaps between rows and columns are given as shares of their heights and widths. The figure belongs to no window, and
    Matplotlib keeps no record of it.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "nn.plot draws with Matplotlib, which is not installed: pip install 'chalkgrad[demos]'"
        ) from None
    fig = Figure(figsize=(width, height), facecolor="white")
    grid = {"left": 0, "right": 1, "bottom": 0, "top": 1, "hspace": gaps[0], "wspace": gaps[1]}
    return fig, fig.subplots(rows, columns, gridspec_kw=grid)


def write(fig: Any, path: PathLike) -> Path:
    """Write the figure, with everything around its axes; a $ in a name is a $, and begins no formula."""
    from matplotlib.text import Text

    for text in fig.findobj(Text):
        text.set_parse_math(False)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path, dpi=DOTS, bbox_inches="tight", pad_inches=0.12)
    return path


def title(ax: Any, text: str, note: str = "") -> None:
    """A title above the left end of the axes and, in grey, a note below it."""
    ax.set_title(text, loc="left", fontweight="bold", pad=22 if note else 8)
    if note:
        ax.annotate(
            note, (0, 1), xycoords="axes fraction", xytext=(0, 7), textcoords="offset points", color=GREY, fontsize=9
        )


def bare(ax: Any, *sides: str) -> None:
    """Take away the frame, but for some sides of it, and the little marks of the ticks."""
    ax.spines[[side for side in ("top", "right", "bottom", "left") if side not in sides]].set_visible(False)
    ax.tick_params(which="both", length=0)


def shades(*colours: str) -> Any:
    """A colour map through these colours."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("shades", colours)


def array(value: Any) -> Array:
    """A tensor, a list or an array as an array."""
    with autograd.no_grad():
        return np.asarray(value)


def finite(value: Any) -> Array:
    """An array of floats, 0 in the place of NaN and a large number in that of an infinity."""
    numbers: Array = np.nan_to_num(array(value).astype(float), posinf=1e9, neginf=-1e9)
    return numbers


def figures(value: float, _: Any = None) -> str:
    """A number in three figures, from a thousand on with all its digits."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.3g}"


def shorten(text: Any, most: int = 18) -> str:
    """At most so many letters."""
    whole = str(text)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def names(classes: Sequence[Any] | None, count: int) -> list[str]:
    """A name for each class: those given, or its number."""
    if classes is not None and len(classes) < count:
        raise ValueError(f"expected a name for each of {count} classes, given {len(classes)}")
    return [str(i if classes is None else classes[i]) for i in range(count)]
