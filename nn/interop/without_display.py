"""A Matplotlib backend for a machine without a display: `plt.show()` draws nothing, and that is noted."""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from .noted import note


class FigureManager(FigureManagerBase):
    """The manager of figures that nobody sees."""

    @classmethod
    def pyplot_show(cls, *, block: Any = None) -> None:
        """Draw nothing."""
        note("plt.show() drew nothing, since there is no display: plt.savefig(file) saves a picture")


class FigureCanvas(FigureCanvasAgg):
    """Where a figure is drawn when it is saved."""

    manager_class = FigureManager
