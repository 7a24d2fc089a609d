"""The figures of a model, as `evaluate` and the metrics give them: a dict, which a notebook shows as tables."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from autograd.display import Cell, Html, display, fold, note, table

CLASS = re.compile(r"(.+?)\[(.*)\]", re.DOTALL)  # "recall[cat]"
MOST = 30  # classes, up to which a matrix is shown as one


class Figures(dict[str, Any]):
    """Figures by name.

    A notebook shows the single numbers in one table, those of the classes, such as "recall[cat]", in another with a row
    for each class, and a square of counts, such as "confusion", as a matrix whose tint is the share in its row.
    """

    def _repr_html_(self) -> str:
        return figures_html(self)


def figures_html(figures: Mapping[str, Any], classes: Sequence[str] | None = None) -> str:
    """The tables of some figures; `classes` are the names of the rows of a confusion matrix."""
    single, report, matrices = {}, dict[str, dict[str, Any]](), []
    for name, value in figures.items():
        of_class = CLASS.fullmatch(name)
        if of_class and isinstance(value, Real):
            report.setdefault(of_class[2], {})[of_class[1]] = value
        elif _square(value):
            matrices.append(confusion(name, value, [*map(str, classes or range(len(value)))]))
        else:
            single[name] = _figure(value)
    parts = [table([*single], [[*single.values()]])] if single else []
    return display(*parts, *([_report(report)] if report else []), *matrices) if figures else display(note("no figure"))


def _report(report: Mapping[str, Mapping[str, Any]]) -> Html:
    names = list(dict.fromkeys(name for figures in report.values() for name in figures))
    rows = [[label, *(_figure(figures.get(name, "")) for name in names)] for label, figures in report.items()]
    shown = table(["class", *names], rows, headings=True)
    return shown if len(rows) <= MOST else fold(f"{len(rows):,} classes", shown)


def confusion(name: str, rows: Sequence[Sequence[int]], labels: list[str]) -> Html:
    """A matrix of counts as a table; of many classes, the most frequent mistakes."""
    return (_matrix if len(rows) <= MOST else _mistakes)(name, rows, labels)


def _matrix(name: str, rows: Sequence[Sequence[int]], labels: list[str]) -> Html:
    """True classes in rows, predicted ones in columns; then the share of each row that is right."""
    lines = []
    for i, row in enumerate(rows):
        total = sum(row)
        cells = [_share(count, total, f"of {labels[i]}, taken for {labels[j]}") for j, count in enumerate(row)]
        lines.append([labels[i], *cells, Cell(f"{row[i] / total:.1%}" if total else "", "number")])
    head = ["true \\ predicted", *(Cell(label, "number") for label in labels), Cell("right", "number")]
    return table(head, lines, caption=name, headings=True)


def _share(count: int, total: int, told: str) -> Cell:
    share = count / total if total else 0.0
    return Cell(f"{count:,}", "number", share, f"{share:.1%} {told}")


def _mistakes(name: str, rows: Sequence[Sequence[int]], labels: list[str]) -> Html:
    """Of many classes, those that are taken for another most often."""
    wrong = [(count, i, j) for i, row in enumerate(rows) for j, count in enumerate(row) if count and i != j]
    often = heapq.nlargest(MOST, wrong)
    lines = [[labels[i], labels[j], Cell(f"{count:,}", "number")] for count, i, j in often]
    caption = f"{name}: {len(labels):,} classes; the {len(often)} most frequent of {len(wrong):,} kinds of mistakes"
    return table(["true", "predicted", "times"], lines, caption=caption)


def _figure(value: Any) -> Any:
    """NaN in red, and four decimals for a fraction of 1."""
    if not isinstance(value, float):
        return value
    return Cell(
        f"{value:.4f}" if 1e-3 <= abs(value) <= 1 else f"{value:.4g}", "number bad" if value != value else "number"
    )


def _square(value: Any) -> bool:
    """Whether these are the rows of a square matrix of counts."""
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(row, list) and len(row) == len(value) for row in value)
        and all(isinstance(count, int) for row in value for count in row)
    )
