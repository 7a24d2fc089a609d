"""What the model goes by: the columns of a table that it leans on, or the pixels of an image."""

from __future__ import annotations

from collections.abc import Iterator

from autograd.display import Html, fold

from ..runs.task import Images
from ..train.importances import CAUTION, Importances
from .report_facts import Facts
from .report_figures import names_of, tested
from .report_pictures import saliency
from .report_tags import bar, bars, figure, paragraph, sentence

MOST_COLUMNS = 15  # that stand on the page unfolded


def attention_section(facts: Facts) -> Iterator[Html]:
    """The columns by what they are worth, or the pixels that answers hang on."""
    if facts.outcome is None:
        return
    if isinstance(facts.task, Images):
        yield saliency(facts)
        return
    found = facts.importances
    assert found is not None
    rows = list(column_bars(found))
    what, some = names_of(facts)[facts.goal], f"{found.rows:,} of " * (found.rows < facts.count)
    yield paragraph(
        f"By how much the {what} {found.change} when the cells of a column are shuffled, among {some}{tested(facts)}."
    )
    yield bars(*rows[:MOST_COLUMNS])
    if len(rows) > MOST_COLUMNS:
        yield fold(f"{len(rows) - MOST_COLUMNS:,} columns that are worth less", bars(*rows[MOST_COLUMNS:]))
    yield paragraph(sentence(f"The thin line is one standard deviation over {found.importances.shape[1]} shuffles; "
                             f"{CAUTION}"), "small")  # fmt: skip


def column_bars(found: Importances) -> Iterator[Html]:
    """A bar for each column, the most important first."""
    ranked = list(found.ranked())
    top = max((mean + std for _, mean, std in ranked), default=0.0) or 1.0
    for name, mean, std in ranked:
        yield bar(name, figure(mean, 3), mean / top, ((mean - std) / top, (mean + std) / top), "network")
