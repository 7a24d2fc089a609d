"""What the model was made from: the file, its columns, what was said of them, and how they were split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.display import Cell, Html, fold, table

from ..cli import show
from ..data.dataset import class_numbers
from ..data.datasets.columns import Column
from ..runs.task import Images, Table
from .report_facts import Facts, whole
from .report_tags import figure, heading, lines, paragraph, percent, sentence, tag, wide

MOST_ROWS = 30  # of a table that stands on the page unfolded
MOST_CLASSES = 12  # likewise
WORDS = 6  # of a column that are named
PARTS = {"train": "training", "valid": "held out", "test": "test", "later": "later, not used"}


def data_section(facts: Facts) -> Iterator[Html]:
    """The file, its columns, the notes and the split."""
    if facts.note:
        yield paragraph(sentence(facts.note), "bad")
    yield table((), [[head, Cell(text, "wrap")] for head, text in source(facts)], headings=True)
    if isinstance(facts.task, Table):
        yield heading("Columns")
        rows = [column_row(facts, column) for column in facts.task.encoding.columns]
        shown = wide(table(["column", "holds", "missing", "filled with", "inputs"], rows, headings=True))
        yield shown if len(rows) <= MOST_ROWS else fold(f"{len(rows):,} columns", shown)
        yield paragraph(sentence(target(facts.task)), "small")
    yield heading("What was said before the training")
    yield notes(facts)
    yield heading("The split")
    yield split_bar(facts.samples)
    yield from (paragraph(sentence(text)) for text in how_split(facts))
    yield classes_by_part(facts)


def source(facts: Facts) -> list[tuple[str, str]]:
    """Where the data come from, and how they can be told from others."""
    known = facts.record.source if facts.record else {}
    size = f"{known['bytes']:,} bytes" if "bytes" in known else ""
    rows = sum(facts.samples.values())
    found = [
        ("data", facts.settings.dataset + ", a data set that chalkgrad knows" * (facts.source != "" and not facts.own)),
        (facts.noun, f"{rows:,}" if rows else "unknown"),
        ("files", f"{known['files']:,}" if "files" in known else ""),
        ("size", size),
        ("last changed", str(known.get("changed", "")).replace("T", " ").replace("+00:00", " UTC")),
        ("SHA-256", str(known.get("sha256", ""))),
    ]
    if isinstance(facts.task, Images):
        channels, height, width = facts.task.shape
        found.insert(2, ("seen as", f"{width} × {height} pixels, {'grey' if channels == 1 else 'in colour'}"))
    return [(head, text) for head, text in found if text]


def column_row(facts: Facts, column: Column) -> list[Any]:
    """What is known of a column."""
    rows = sum(facts.samples.values())
    lacking = (facts.record.source.get("missing", {}) if facts.record else {}).get(column.name, 0)
    known = facts.record is not None and "missing" in facts.record.source
    gaps = f"{lacking:,} ({lacking / rows:.1%})" if lacking else "none" if known else ""
    flag = f"; {'an input says where'}" * column.flag
    filled = f"{column.filling()}{flag}" if lacking and column.fill is not None else ""
    return [column.name, Cell(holds(column), "wrap"), Cell(gaps, "number"), filled, column.width]


def holds(column: Column) -> str:
    """What the cells of a column are."""
    if column.kind == "number":
        return f"numbers{spread(column)}"
    if column.categories is None:
        return f"{column.kind}s"
    words = ", ".join(column.categories[:WORDS]) + ", …" * (len(column.categories) > WORDS)
    return f"{len(column.categories)} words: {words}" + "; all others as one" * column.other


def spread(column: Column) -> str:
    """Mean and deviation of numbers, and where they are cut off."""
    measured = (column.mean, column.std) != (0.0, 1.0)
    usual = f", mean {figure(column.mean)}, deviation {figure(column.std)}" if measured else ""
    if column.low is None or column.high is None:
        return usual
    return f"{usual}; outliers are brought back to {figure(column.low)} or {figure(column.high)}"


def target(task: Table) -> str:
    """What is predicted."""
    column = task.encoding.target
    if column.categories is None:
        return f"Predicted is {column.name}, a number{spread(column)}"
    names = ", ".join(column.categories[:20]) + ", …" * (len(column.categories) > 20)
    return f"Predicted is {column.name}, one of {len(column.categories)} classes: {names}"


def notes(facts: Facts) -> Html:
    """What was done to the data without being asked for, and what may make a result worthless."""
    known = facts.record.source.get("notes") if facts.record else None
    if known is None and (facts.own or facts.folder.made is not None):
        return paragraph("The run kept no notes.")
    found = list(known or ())
    if facts.own and isinstance(facts.task, Table):
        found += show.fewer_than_weights(facts.samples.get("train", 0), facts.model)
    return lines(map(sentence, found), "notes") or paragraph("Nothing stood out.")


def split_bar(samples: dict[str, int]) -> Html:
    """The parts of the data as a bar."""
    total = sum(samples.values())
    if not total:
        return paragraph("How many there were of each part was not kept.")
    parts = [
        tag("span", f"{count:,} {PARTS.get(name, name)}", kind=name, style=f"flex-grow: {max(count / total, 0.02):.4f}")
        for name, count in samples.items()
    ]
    return tag("div", *parts, kind="split")


def how_split(facts: Facts) -> Iterator[str]:
    """By what rule."""
    settings, samples = facts.settings, facts.samples
    if settings.folds:
        rule = f"; they follow {settings.time}" if settings.time else ""
        rule = f"; rows that agree in {settings.group} are in one" if settings.group else rule
        yield f"The {facts.noun} for testing are fold {settings.fold} of {settings.folds} of a cross-validation{rule}"
    elif "test" in samples:
        yield f"The {facts.noun} for testing are those that {facts.source} keeps for it"
    if "valid" in samples:
        share = f"{samples['valid'] / (samples['valid'] + samples['train']):.0%} of the {facts.noun}"
        classes = ", the same share of each class" * bool(facts.classes)
        if settings.time:
            yield f"Held out are those with the newest {settings.time}, {share}"
        elif settings.group:
            yield f"Held out are {share}, drawn at random; those that agree in {settings.group} are on one side"
        else:
            yield f"Held out are {share}, drawn at random{classes}; the draw is the same for every seed"
    if set(samples) == {"train"}:
        yield f"Nothing was held out: all {facts.noun} were trained on"


def classes_of(part: Any) -> Any:
    """The class of each sample, (N,), as the model numbers them."""
    base, places = whole(part)
    found, renumbered = class_numbers(base), getattr(base, "target_transform", None)
    known = found if renumbered is None else np.array([renumbered(int(number)) for number in found])
    return known[np.asarray(places)]


def classes_by_part(facts: Facts) -> Html:
    """How many samples of each class there are in each part."""
    if not facts.classes or facts.data is None:
        return Html()
    counts = {
        name: np.bincount(classes_of(part), minlength=len(facts.classes))
        for name, part in facts.data.parts.items()
        if len(part)
    }
    rows = [
        [name, *(Cell(f"{found[i]:,} ({percent(found[i] / found.sum())})", "number") for found in counts.values())]
        for i, name in enumerate(facts.classes)
    ]
    heads = [Cell(PARTS.get(name, name), "number") for name in counts]
    shown = wide(table(["class", *heads], rows, headings=True))
    return shown if len(rows) <= MOST_CLASSES else fold(f"{len(rows):,} classes", shown)
