"""Where the model is wrong: the rows or images of which it was most surely mistaken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.display import Cell, Html, table

from ..data.datasets.columns import OTHER, Column, DateColumn
from ..data.inline_images import picture, thumbnail
from ..runs.task import Images, Table
from .report_facts import Facts, whole
from .report_pictures import numbers
from .report_tags import figure, number, paragraph, percent, tag, wide

MOST = 12
COLUMNS = 8  # of a row that are shown


class Mistake(NamedTuple):
    """A sample, by its place among those measured on, and what was said of it."""

    place: int
    truth: str
    said: str
    how: float  # the probability of what was said, or the error


def mistakes_section(facts: Facts) -> Iterator[Html]:
    """The worst mistakes; of rows, the columns that are worth most are shown."""
    if facts.outcome is None:
        return
    found = worst(facts)
    if not found:
        yield paragraph(f"It made no mistake on {len(facts.outcome.targets):,} {facts.noun}.")
    elif isinstance(facts.task, Images):
        yield paragraph("In red what it said, with how surely, and below what the image is.", "small")
        yield tag("div", *(_image(facts, each) for each in found), kind="images")
    else:
        yield wide(_rows(facts, found))
        yield paragraph("Rows are counted from 1, as in the file, without those that could not be used.", "small")


def worst(facts: Facts) -> list[Mistake]:
    """The mistakes of which the model was most sure; of numbers, the largest errors."""
    outcome = facts.outcome
    assert outcome is not None
    if not facts.classes:
        truth, found = numbers(facts)
        off = np.abs(found - truth)
        order = np.argsort(-off, kind="stable")[:MOST]
        return [Mistake(i, figure(truth[i]), figure(found[i]), found[i] - truth[i]) for i in order.tolist() if off[i]]
    chances = np.asarray(outcome.scores.double().softmax(1))
    said, truth = np.asarray(outcome.decided).argmax(1), np.asarray(outcome.targets)
    sure = chances[np.arange(len(said)), said]
    wrong = np.flatnonzero(said != truth)
    order = wrong[np.argsort(-sure[wrong], kind="stable")][:MOST]
    return [Mistake(i, facts.classes[truth[i]], facts.classes[said[i]], sure[i]) for i in order.tolist()]


def _image(facts: Facts, mistake: Mistake) -> Html:
    assert isinstance(facts.task, Images)
    x, _ = facts.tested[mistake.place]
    base, places = whole(facts.tested)
    file = getattr(base, "files", None)
    name = f"image {int(places[mistake.place]) + 1:,}" if file is None else file[int(places[mistake.place])].name
    pixels, _ = thumbnail((facts.task.pictures(x.numpy()[None])[0] * 255).round().astype(np.uint8))
    told = tag("figcaption", tag("b", mistake.said), f" {percent(mistake.how)}", tag("br"), f"is {mistake.truth}")
    return tag("figure", picture(pixels, name), told)


def _rows(facts: Facts, found: list[Mistake]) -> Html:
    assert isinstance(facts.task, Table)
    every = facts.task.encoding.columns
    places_of = {column.name: i for i, column in enumerate(every)}
    ranked = [places_of[name] for name, _, _ in facts.importances.ranked()] if facts.importances else range(len(every))
    order = sorted(list(ranked)[:COLUMNS])
    base, places = whole(facts.tested)
    rows = []
    for each in found:
        values = _values(base, int(places[each.place]))
        sure = number(each.how) if not facts.classes else Cell(percent(each.how), "number")
        shown = [cell(every[i], values[i]) for i in order]
        rows.append([Cell(f"{int(places[each.place]) + 1:,}", "index"), each.said, sure, each.truth, *shown])
    goal = facts.task.goal
    heads = ["row", f"{goal} predicted", "off by" if not facts.classes else "how surely", f"{goal} true"]
    return table([*heads, *(every[i].name for i in order)], rows)


def _values(base: Any, place: int) -> Any:
    """The values of a row, as its columns read them."""
    return base.numbers(place) if hasattr(base, "numbers") else base[place][0].numpy()


def cell(column: Column, value: float) -> Any:
    """A value as it stood in the table, or nearly."""
    if np.isnan(value):
        return Cell("missing", "index")
    if isinstance(column, DateColumn):
        moment = str(np.datetime64(int(value), "s"))
        return f"{value / 3600:.1f} h" if column.order == "time" else moment.removesuffix("T00:00:00").replace("T", " ")
    if column.categories is None:
        return number(float(value), 6)
    words = [*column.categories, OTHER]
    return words[int(value)] if value >= 0 else "(unknown)"
