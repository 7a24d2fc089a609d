"""What each column of a table is worth to a model, as `permutation_importance` measured it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.display import Cell, display, note, table

if TYPE_CHECKING:
    from ..plot import Figure

Array = np.ndarray[Any, Any]
CAUTION = (
    "this is what the model leans on, not what causes the target; of columns that tell the same, each alone may look "
    "useless, because the others still tell it"
)


@dataclass(frozen=True, repr=False)
class Importances:
    """How much worse a model gets when one column at a time is permuted. Printed, it is a table.

    Attributes:
        features: the names of the columns, C of them, in the order of the table.
        importances: how much worse the figure got, (C, repeats): by how much it fell, or rose if small ones are good.
        scoring: the name of the figure.
        score: the figure with no column permuted.
        rows: how many rows it was measured on.
        measured_on: which rows these are, such as "held-out rows".
        falls: whether large figures are good, so that they fall.
        note: what there is to say of the rows; empty if there is nothing.
    """

    features: tuple[str, ...]
    importances: Array
    scoring: str
    score: float
    rows: int
    measured_on: str = "rows"
    falls: bool = True
    note: str = ""

    @property
    def importances_mean(self) -> Array:
        """The mean over the repeats, (C,)."""
        return np.asarray(self.importances.mean(axis=1))

    @property
    def importances_std(self) -> Array:
        """The standard deviation over the repeats, (C,)."""
        return np.asarray(self.importances.std(axis=1))

    def ranked(self) -> Iterator[tuple[str, float, float]]:
        """The name, the mean and the standard deviation of each column, the most important first."""
        mean, std = self.importances_mean, self.importances_std
        for i in np.argsort(-mean, kind="stable"):
            yield self.features[i], float(mean[i]), float(std[i])

    @property
    def change(self) -> str:
        """What the figure does when the model gets worse."""
        return "falls" if self.falls else "rises"

    @property
    def about(self) -> str:
        """What was measured, in a line."""
        return (
            f"{self.scoring} {self.score:.4g} on {self.rows:,} {self.measured_on}; by how much it {self.change} "
            "when a column is permuted"
        )

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """The columns as bars. Raises ImportError without Matplotlib."""
        from .. import plot

        return plot.importance(self, path)

    def __str__(self) -> str:
        width = max(map(len, self.features))
        lines = [f"{name:{width}}  {mean:z8.4f} ± {std:.4f}" for name, mean, std in self.ranked()]
        return "\n".join([f"{self.about}:", *lines, *[f"note: {text}" for text in (self.note, CAUTION) if text]])

    def __repr__(self) -> str:
        first = ", ".join(f"{name} {mean:.3g}" for name, mean, _ in list(self.ranked())[:3])
        more = ", …" * (len(self.features) > 3)
        return f"<Importances: {first}{more}; {self.scoring} {self.score:.4g} on {self.rows:,} {self.measured_on}>"

    def _repr_html_(self) -> str:
        largest = max(float(self.importances_mean.max()), 1e-300)
        rows = [
            [name, Cell(f"{mean:z.4f}", "number", max(mean, 0.0) / largest), Cell(f"± {std:.4f}", "number")]
            for name, mean, std in self.ranked()
        ]
        head = ["column", f"{self.scoring} {self.change} by", ""]
        notes = [note(text) for text in (self.about, self.note, CAUTION) if text]
        return display(notes[0], table(head, rows, headings=True), *notes[1:])
