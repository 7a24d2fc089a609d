"""What can be said of a model from the facts: what it is for and not for, how it is used, and what nobody checked."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np

import nn
from autograd.display import Html, preformatted

from ..data.datasets.columns import Column, DateColumn
from ..runs.baselines import CONSTANT, LINEAR
from ..runs.settings import BEST
from ..runs.task import Images, Table
from .report_facts import OWN_WORDS, Facts, whole
from .report_tags import beside, figure, heading, lines, paragraph, percent, sentence, tag

MOST_NAMES = 12  # of columns or classes that a sentence lists
WEAK = 0.5  # a recall below this is a reason not to rely on a model for a class
MOST_COLUMNS = 12  # of an example that is typed in


def title(facts: Facts) -> str:
    """What is predicted, or which images are told apart."""
    return facts.source if isinstance(facts.task, Images) else facts.task.goal


def subtitle(facts: Facts) -> str:
    """What kind of model it is."""
    if isinstance(facts.task, Images):
        return f"images told apart into {len(facts.classes)} classes, by a network"
    kind = f"one of {len(facts.classes)} classes" if facts.classes else "a number"
    return f"{kind}, predicted by a network" + f" from {facts.source}" * bool(facts.source)


def purpose(facts: Facts) -> Iterator[Html]:
    """What it is for and not for; the last words are the owner's."""
    yield beside(
        tag("div", heading("It is for"), lines(map(sentence, uses(facts))), kind="good"),
        tag("div", heading("It is not for"), lines(map(sentence, limits(facts))), kind="limits"),
    )
    if words := facts.own_words:
        yield tag("div", *(paragraph(part) for part in words.split("\n\n")), kind="own")
    else:
        hint = f"What its owner adds: write here, or into {OWN_WORDS} in the folder of the run."
        yield tag("p", hint, kind="own empty", contenteditable="true")


def uses(facts: Facts) -> Iterator[str]:
    """What it does, on what."""
    task, train = facts.task, facts.samples.get("train", 0)
    classes = f"telling which of {len(facts.classes)} classes"
    if isinstance(task, Images):
        channels, height, width = task.shape
        yield f"{classes} an image shows: {_list(facts.classes)}"
        size = f"{width} × {height} pixels{', in grey' * (channels == 1)}"
        yield f"images that can be told apart at {size}: every image is scaled to that"
    else:
        names = [column.name for column in task.encoding.columns]
        says = f"{classes} a row is: {_list(facts.classes)}" if facts.classes else f"estimating {task.goal}, a number"
        yield says
        yield f"rows with the column{'s' * (len(names) != 1)} {_list(names)}"
    yield f"{facts.noun} like {f'the {train:,} of {facts.source}' if train else 'those'} that it was trained on"


def limits(facts: Facts) -> Iterator[str]:
    """What it cannot do, as far as the facts tell."""
    task, outcome = facts.task, facts.outcome
    if outcome is not None and outcome.baselines:
        if not outcome.beats(outcome.baselines[CONSTANT]):
            yield f"any decision: it is not better than {facts.called(CONSTANT)}"
        elif (linear := outcome.baselines.get(LINEAR)) and not outcome.beats(linear):
            yield "cases where a model must be explained: a linear model is no worse, and easier to explain"
    yield from _weak_classes(facts)
    if facts.classes:
        yield "what is none of these classes: it answers with one of them all the same, and may be sure of it"
    elif isinstance(task, Table):
        yield f"values of {task.goal} {_unseen(facts, task)}"
    if isinstance(task, Images):
        yield "images taken in another way than those it was trained on, with another camera, light or background"
        return
    words = [column.name for column in task.encoding.columns if column.categories and not column.other]
    if words:
        yield f"words in {_list(words)} that it was not trained on: they count as nothing"
    yield f"{facts.noun} of another time or place than those it was trained on, unless it is measured on them first"


def _unseen(facts: Facts, task: Table) -> str:
    """Which numbers it was not trained on."""
    if facts.data is None or not len(facts.data.train):
        goal = task.encoding.target
        return f"far from {figure(goal.mean)}, its mean, from which they deviate by {figure(goal.std)} in training"
    train, places = whole(facts.data.train)
    known = np.array(task.encoding.decode(train.y[np.asarray(places)]))
    return f"below {figure(known.min())} or above {figure(known.max())}, of which it has seen none"


def _weak_classes(facts: Facts) -> Iterator[str]:
    if facts.outcome is None or not facts.classes:
        return
    recall = facts.outcome.confusion.recall
    weak = np.flatnonzero(recall < WEAK)
    if len(weak):
        each = [f"{facts.classes[i]} ({percent(1 - recall[i])} of them)" for i in weak]
        yield f"finding what it misses more often than not: {_list(each)}"


def usage(facts: Facts) -> Iterator[Html]:
    """Commands and a few lines of Python, to be copied."""
    run = shlex.quote(str(facts.folder.path))
    file = "your-image.png" if isinstance(facts.task, Images) else "your-table.csv"
    other = "" if facts.settings.dataset else f" --data {file}"
    told = [
        ("How good it is, on data it was not trained on", f"chalkgrad evaluate {run}{other}"),
        ("What it makes of a file of yours", f"chalkgrad predict {run} {file}"),
    ]
    if isinstance(facts.model, nn.Sequential):
        told.append(("A local page on which to try it", f"chalkgrad serve {run}"))
    if facts.needs_class:  # which only Python has
        told = []
    for about, command in told:
        yield paragraph(about, "about")
        yield preformatted(command)
    yield paragraph("In Python", "about")
    yield preformatted("\n".join(python_lines(facts)))


def python_lines(facts: Facts) -> list[str]:
    """Four lines that load the model and ask it."""
    load = [f"run = load_run({str(facts.folder.path)!r}{', model=model' if facts.needs_class else ''})"]
    if facts.needs_class:
        load.insert(0, f"model = …  # a {type(facts.model).__name__}, made as before its training")
    if isinstance(facts.task, Images):
        shape = facts.task.shape[1:] if facts.task.grey else (*facts.task.shape[1:], 3)
        given = [f"image = numpy.zeros({shape}, numpy.uint8)  # or the path of a file: run.predict('your-image.png')"]
        return ["import numpy; from nn.train import load_run", *load, *given, "print(run.predict(image)[0])"]
    columns = facts.task.encoding.columns
    if len(columns) > MOST_COLUMNS and facts.own and facts.data is not None:
        row = repr(facts.settings.dataset)
    else:
        row = "{" + ", ".join(f"{column.name!r}: {example(column)!r}" for column in columns) + "}"
    return ["from nn.train import load_run", *load, f"found = run.predict({row})", "print(found[0])"]


def example(column: Column) -> Any:
    """A cell that such a column may have."""
    usual = column.mean if column.fill is None else column.fill
    if isinstance(column, DateColumn):
        if column.order == "time":
            return str(timedelta(seconds=int(usual)))
        return str(np.datetime64(int(usual), "s"))[:10]
    if column.categories is None:
        rounded = float(f"{usual:.4g}")
        return int(rounded) if rounded.is_integer() else rounded
    return column.categories[int(usual) % len(column.categories)] if column.categories else ""


def unchecked(facts: Facts) -> Iterator[str]:
    """What the figures do not tell."""
    settings, noun = facts.settings, facts.noun
    if facts.outcome is None:
        kept = ": its figures are those of the end of its training" * bool(facts.figures)
        yield f"the model was not measured for this page{kept}"
    if facts.figures and not facts.held_out:
        yield f"how it does on {noun} that it was not trained on: none were held out"
    if facts.figures and not settings.time:
        yield f"whether it stays good: the {noun} measured on are of the same time and place as those trained on"
    if facts.figures:
        yield "how much of the figures is luck: they are of one training, with one seed and one split"
    if facts.folder.made is not None and facts.figures:
        yield f"whether anything was chosen on the {noun} that it is measured on: it was trained by a program"
    elif facts.held_out and facts.part != "test":
        chosen = [
            word
            for word, done in (
                ("the best epoch", settings.early_stop > 0),
                ("the threshold", settings.threshold == BEST),
            )
            if done
        ]
        if chosen:
            yield f"how good it is on fresh {noun}: {' and '.join(chosen)} was chosen on those that it is measured on"
    yield "whether it is as good for every group of people or things: no groups were compared"
    if isinstance(facts.task, Images):
        yield "whether it looks at the thing, or at what happens to be in the same images: the background, a caption"
    else:
        yield "whether all columns are known by the time an answer is wanted, and mean the same then"
    yield from facts.undrawn


def _list(names: Any) -> str:
    some = list(names)[:MOST_NAMES]
    rest = len(names) - len(some)
    return ", ".join(some) + (f" and {rest:,} more" if rest else "")
