"""The curve of a learning rate range test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from .figure import Figure
from .style import BLUE, GREY, RED, PathLike, bare, figure, finish, title


class Found(Protocol):
    """What `nn.train.find_lr` returns."""

    @property
    def lr(self) -> float | None: ...

    @property
    def reason(self) -> str: ...

    @property
    def rows(self) -> Any: ...


def lr_finder(
    result: Found | Iterable[Mapping[str, Any]], path: PathLike | None = None, heading: str = "Which learning rate?"
) -> Figure:
    """The loss by learning rate, as `nn.train.find_lr` measured it: each step pale, the smoothed loss dark.

    Args:
        result: what `find_lr` returned, whose suggestion is marked; or rows with "lr", "loss" and, where it is known,
            "smoothed".

    The vertical axis ends a little above where the loss began. Raises ValueError if there are no rows.
    """
    given: Any = getattr(result, "rows", result)
    rows = [dict(row) for row in given]
    if not rows:
        raise ValueError("expected the rows of a learning rate range test, given none")
    rates, losses = (np.array([row[name] for row in rows], float) for name in ("lr", "loss"))
    smoothed = np.array([row.get("smoothed", row["loss"]) for row in rows], float)
    known = np.isfinite(smoothed)
    fig, ax = figure(5.2, 3.0)
    ax.plot(rates, np.where(np.isfinite(losses), losses, np.nan), color=BLUE, linewidth=0.8, alpha=0.35)
    ax.plot(rates[known], smoothed[known], color=BLUE, linewidth=2, marker="o" if known.sum() < 3 else None)
    ax.set_xscale("log")
    ax.set(xlabel="learning rate", ylabel="loss")
    if known.any():
        low, high = smoothed[known].min(), smoothed[known][: max(1, len(rows) // 3)].max()
        room = (high - low) or abs(high) or 1.0
        ax.set_ylim(low - 0.15 * room, high + 0.35 * room)
    lr, note = getattr(result, "lr", None), getattr(result, "reason", "")
    if lr is not None:
        height = np.interp(np.log(lr), np.log(rates[known]), smoothed[known])
        ax.axvline(lr, color=RED, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        ax.plot(lr, height, color=RED, marker="o", markersize=7, markerfacecolor="white", markeredgewidth=1.8, zorder=3)
        left = np.log(lr / rates[0]) > 0.25 * np.log(rates[-1] / rates[0])  # where the curve is still high
        near = {"xytext": (-8 if left else 8, 8), "textcoords": "offset points", "ha": "right" if left else "left"}
        place = {"xycoords": ("data", "axes fraction"), "color": RED, "fontweight": "bold"}
        ax.annotate(f"lr = {lr:.2g}", (lr, 0), **place, **near)
    ax.set_xlim(rates.min(), rates.max() if np.ptp(rates) else 10 * rates.max())
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.grid(axis="y", color=GREY, alpha=0.25)
    ax.locator_params(axis="y", nbins=6)
    bare(ax, "bottom")
    ax.tick_params(axis="x", which="major", length=3)
    title(ax, heading, note)
    return finish(fig, path)
