"""A bar that moves in a notebook: one display, which is replaced as the work goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from autograd.display import Html, display, html, note

REFRESH = 0.2  # seconds between updates
COLOURS = {"": "rgb(66, 133, 244)", "good": "rgb(67, 160, 71)", "bad": "rgb(229, 57, 53)"}


def in_notebook() -> bool:
    """Whether this program runs in the kernel of a notebook: in Jupyter, VS Code or Colab."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__)


def present(thing: Any) -> None:
    """Show an object: as its display in a notebook, elsewhere printed."""
    if in_notebook():
        from IPython.display import display as show

        show(thing)
    else:
        print(thing, flush=True)


@dataclass
class View:
    """What the bar shows at one moment.

    Attributes:
        heading: what is being done.
        share: how much of it is done, from 0 to 1; None if nobody knows.
        times: for how long, and how long it will take.
        figures: names and values.
        notes: lines of words below.
        kind: "good" once all is done, "bad" if that will never be.
    """

    heading: str
    share: float | None
    times: str = ""
    figures: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    kind: str = ""

    def __repr__(self) -> str:
        percent = "" if self.share is None else f"{self.share:.0%}"
        figures = "  ".join(f"{name} {value}" for name, value in self.figures)
        return "  ".join(filter(None, (self.heading, percent, self.times, figures, *self.notes)))

    def _repr_html_(self) -> str:
        figures = "".join(
            f'<span style="margin-right: 1.4em"><span style="opacity: .65">{html(name)}</span> <b>{html(value)}</b>'
            "</span> "
            for name, value in self.figures
        )
        notes = [note(text, self.kind if self.kind == "bad" and not i else "") for i, text in enumerate(self.notes)]
        below = [Html(f'<div style="margin: .4em .7em">{figures}</div>')] if figures else []
        return display(Html(self._bar()), *below, *notes)

    def _bar(self) -> str:
        """The heading, the bar, and the times, side by side."""
        share = min(max(self.share or 0.0, 0.0), 1.0)
        track = "flex: 1; min-width: 6em; max-width: 30em; height: .7em; border-radius: .35em; overflow: hidden"
        value = "" if self.share is None else f' aria-valuenow="{share:.0%}"'.replace("%", "")
        filled = f"width: {share:.1%}; height: 100%; background: {COLOURS[self.kind]}"
        percent = "" if self.share is None else f"{share:.0%}"
        return (
            '<div style="display: flex; flex-wrap: wrap; gap: .3em 1em; align-items: center; margin: 0 .7em">'
            f"<b>{html(self.heading)}</b> "
            f'<div role="progressbar" aria-valuemin="0" aria-valuemax="100"{value} aria-label="{html(self.heading)}" '
            f'style="{track}; background: rgba(128, 128, 128, .3)"><div style="{filled}"></div></div> '
            f'<span>{percent}</span> <span style="opacity: .65">{html(self.times)}</span></div>'
        )


class NotebookBar:
    """One display of IPython, updated at most every `REFRESH` seconds and when the work ends."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._began, self._next = perf_counter(), 0.0
        self._start: float | None = None  # the share that was done before, by which no speed is measured

    @property
    def due(self) -> bool:
        """Whether the last update is old enough for another one."""
        return perf_counter() >= self._next

    def show(
        self,
        heading: str,
        share: float | None,
        figures: Sequence[tuple[str, str]] = (),
        notes: Sequence[str] = (),
        ended: str = "",
    ) -> None:
        """Show all of it now. `ended` is "good" or "bad" for the last time."""
        self._start = share if self._start is None else self._start
        view = View(heading, share, self._times(share, bool(ended)), figures, notes, ended)
        if self._handle is None:
            from IPython.display import display as show

            self._handle = show(view, display_id=True)
        else:
            self._handle.update(view)
        self._next = perf_counter() + REFRESH

    def _times(self, share: float | None, ended: bool) -> str:
        elapsed = perf_counter() - self._began
        advance = (share or 0.0) - (self._start or 0.0)
        if ended or share is None or advance <= 0:
            return clock(elapsed)
        return f"{clock(elapsed)}, {clock(elapsed / advance * (1 - share))} left"


def clock(seconds: float) -> str:
    """A time as people write it: 0:07, 12:30, 1:02:03."""
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"
