"""What all pictures share: their colours and text, and how a figure is made and finished."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np

import autograd
from autograd.tools.extras import require

from .figure import DPI, Figure

BLUE, RED, GREY, DARK = "#2f5d8a", "#c8553d", "#8a8f98", "#22303c"
PAPER, PALE = "#f1efea", "#f7f5f2"  # under ink; between red and blue
CLASSES = (RED, BLUE, "#d9a441", "#5b8c6e", "#7d5a8c", "#3f9aa8", "#b5678a", "#a3783f", "#6477b0", GREY)

Array = np.ndarray[Any, Any]
PathLike = str | os.PathLike[str]


def figure(width: float, height: float, rows: int = 1, columns: int = 1, gaps: tuple[float, float] = (0, 0)) -> Any:
    """A figure whose axes take so many inches, and the axes; text around them enlarges it.

    Gaps between rows and columns are fractions of their heights and widths. The figure belongs to no window, and
    Matplotlib keeps no record of it. Raises ImportError without Matplotlib.
    """
    module = require("matplotlib.figure", "demos", "nn.plot draws with Matplotlib")
    fig = module.Figure(figsize=(width, height), facecolor="white")
    grid = {"left": 0, "right": 1, "bottom": 0, "top": 1, "hspace": gaps[0], "wspace": gaps[1]}
    return fig, fig.subplots(rows, columns, gridspec_kw=grid)


def finish(fig: Any, path: PathLike | None, about: str = "") -> Figure:
    """The picture with everything around its axes, written to `path` if that is given.

    By default it is `about` what the title of its first axes says. A $ in a name is printed; it begins no formula.
    """
    plain_text(fig)
    picture = Figure(
        about or fig.axes[0].get_title("left"),
        fig,
        {f".{kind}": partial(_content, fig, kind) for kind in ("png", "svg", "pdf")},
    )
    if path is not None:
        picture.save(path)
    return picture


def plain_text(fig: Any) -> None:
    """Print a $ in any text of the figure: it does not begin a formula."""
    from matplotlib.text import Text

    for text in fig.findobj(Text):
        text.set_parse_math(False)


def _content(fig: Any, kind: str) -> bytes:
    file = BytesIO()
    fig.savefig(file, format=kind, dpi=DPI, bbox_inches="tight", pad_inches=0.12)
    return file.getvalue()


def title(ax: Any, text: str, note: str = "") -> None:
    """Put a title above the left end of the axes and, below it, a note in grey."""
    ax.set_title(text, loc="left", fontweight="bold", pad=22 if note else 8)
    if note:
        ax.annotate(
            note, (0, 1), xycoords="axes fraction", xytext=(0, 7), textcoords="offset points", color=GREY, fontsize=9
        )


def bare(ax: Any, *sides: str) -> None:
    """Remove the tick marks and the frame, except for these sides of it."""
    ax.spines[[side for side in ("top", "right", "bottom", "left") if side not in sides]].set_visible(False)
    ax.tick_params(which="both", length=0)


def shades(*colours: str) -> Any:
    """The colour map that goes through these colours."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("shades", colours)


def array(value: Any) -> Array:
    """A tensor, a list or an array as an array."""
    with autograd.no_grad():
        return np.asarray(value)


def finite(value: Any) -> Array:
    """An array of floats, with NaN replaced by 0 and infinities by large numbers."""
    numbers: Array = np.nan_to_num(array(value).astype(float), posinf=1e9, neginf=-1e9)
    return numbers


def rounded(value: float, _: Any = None) -> str:
    """A number with three significant digits; with all its digits from 1,000 on."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e9 else f"{value:.3g}"


def shorten(text: Any, most: int = 18) -> str:
    """The text cut to so many letters."""
    whole = str(text)
    return whole if len(whole) <= most else whole[: most - 1].rstrip() + "…"


def sign(mode: str) -> int:
    """1 for "min", where small values are better, and -1 for "max". Raises ValueError for any other mode."""
    if mode not in ("min", "max"):
        raise ValueError(f"expected the mode 'min' or 'max', given {mode!r}")
    return 1 if mode == "min" else -1


def names(classes: Sequence[Any] | None, count: int) -> list[str]:
    """A name for each class: the one given, or its number. Raises ValueError if there are too few."""
    if classes is not None and len(classes) < count:
        raise ValueError(f"expected a name for each of {count} classes, given {len(classes)}")
    return [str(i if classes is None else classes[i]) for i in range(count)]
