"""The page of a report: its sections in their order, in one file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import nn
from autograd.display import Cell, Html, fold, table

from ..cli import show
from ..files import replacing
from ..runs.run_folder import MODEL
from ..runs.settings import FIELDS, ConfigError, Settings
from ..train import TrainedRun
from . import report_figures as figures
from . import report_pictures as pictures
from .report_attention import attention_section
from .report_data import data_section
from .report_facts import Facts, gather
from .report_mistakes import mistakes_section
from .report_tags import gallery, heading, lines, number, paragraph, sentence, side_by_side, tag, wide
from .report_words import purpose, subtitle, title, unchecked, usage

NAME = "report.html"
STYLE = Path(__file__).with_name("report.css")
MOST_CLASSES = 20  # of a matrix on the page
LEFT_OUT = ("out", "quiet", "dataset")


def write_report(run: TrainedRun, path: Path | None = None) -> Path:
    """Write the report of a run, by default into its folder; returns the path.

    Raises ConfigError for a name that does not end in .html; ValueError if a weight is not finite; FileError for a file
    of the run that is damaged.
    """
    path = (path or run.path / NAME).expanduser()
    if path.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"a report needs a name that ends in .html, given {path.name!r}")
    run.check_weights()
    text = page(gather(run))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside_it:
        beside_it.write_text(text, encoding="utf-8")
    return path


def page(facts: Facts) -> str:
    """The whole page."""
    made = {name: Html("".join(part for part in content(facts) if part)) for name, content in SECTIONS.items()}
    made = {name: content for name, content in made.items() if content}
    links = [tag("a", name, href=f"#{anchor(name)}") for name in made]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            tag("title", f"{title(facts)}: model card"),
            f"<style>\n{re.sub(r'/[*].*?[*]/', '', STYLE.read_text(encoding='utf-8'), flags=re.DOTALL)}</style>",
            "</head><body>",
            header(facts),
            tag("nav", *links),
            "<main>",
            *(tag("section", tag("h2", name), content, id=anchor(name)) for name, content in made.items()),
            "</main>",
            tag("footer", f"Written by chalkgrad report, {datetime.now():%Y-%m-%d %H:%M:%S}."),
            "</body></html>\n",
        ]
    )


def anchor(name: str) -> str:
    """The address of a section within the page."""
    return name.lower().replace(" ", "-")


def header(facts: Facts) -> Html:
    """What the model is, its main figure, and what to be careful about."""
    return tag(
        "header",
        paragraph("Model card", "eyebrow"),
        tag("h1", title(facts)),
        paragraph(subtitle(facts), "subtitle"),
        figures.headline(facts),
        figures.doubts(facts),
        lines([sentence(facts.note)] if facts.note else (), "notes"),
    )


def how_good(facts: Facts) -> Iterator[Html]:
    """All figures, the classes, and the pictures of them."""
    if facts.figures:
        yield wide(figures.figures_table(facts))
    if facts.outcome is None:
        yield gallery(*pictures.kept_pictures(facts))
        return
    if facts.classes:
        shown = wide(figures.per_class(facts))
        several = len(facts.classes) > MOST_CLASSES
        yield side_by_side(
            Html(heading("Class by class") + (fold(f"{len(facts.classes):,} classes", shown) if several else shown)),
            Html(heading("Which are taken for which") + wide(figures.confusion_table(facts))),
        )
        yield gallery(*pictures.curves_of_classes(facts))
        return
    truth, found = pictures.numbers(facts)
    yield heading("How far it is off")
    yield table((), [[head, number(value)] for head, value in pictures.spread_of(found - truth)], headings=True)
    yield gallery(*pictures.predictions(facts))


def how_learned(facts: Facts) -> Iterator[Html]:
    """The curves, and how long it took."""
    yield gallery(*pictures.learning_curves(facts))
    results = facts.results
    if "epochs" in results:
        taken = f"{results['epochs']:,} epochs, {results['steps']:,} steps, {results['seconds']:,.1f} s"
        kept = results.get("weights_of_epoch", results["epochs"])
        early = "" if kept == results["epochs"] else f"; the weights are those of epoch {kept:,}"
        yield paragraph(sentence(f"{taken}{early}"))


def how_made(facts: Facts) -> Iterator[Html]:
    """The network, its size, the settings and the machine."""
    bytes_ = (facts.folder.path / MODEL).stat().st_size
    layers = [
        [name, Cell(repr(layer), "wrap"), sum(each.numel() for each in layer.parameters())]
        for name, layer in facts.model.named_children()
    ]
    kind = (
        show.layers(facts.model, facts.task) if isinstance(facts.model, nn.Sequential) else type(facts.model).__name__
    )
    size = f"{facts.parameters:,} parameters, {bytes_:,} bytes; {kind}"
    yield heading("The network")
    yield paragraph(sentence(size))
    yield wide(table(["layer", "what it is", "parameters"], layers, headings=True))
    yield heading("Settings")
    if facts.folder.made is None:
        yield wide(settings_table(facts.settings, others=False))
        yield fold("settings that are the default", wide(settings_table(facts.settings, others=True)))
    else:
        yield paragraph("The model was trained by a program, which the run does not keep.")
    yield heading("Environment")
    found = [[key, Cell(_plain(value), "wrap")] for key, value in facts.environment.items() if value]
    yield table((), found, headings=True) if found else paragraph("It was not kept.")


def settings_table(settings: Settings, others: bool) -> Html:
    """The seed and the settings that are not the default, or the `others`, with their meaning."""
    usual, rows = vars(Settings()), []
    for name, value in vars(settings).items():
        if name not in LEFT_OUT and (value == usual[name] and name != "seed") == others:
            words = {number: word for word, number in FIELDS[name].metadata.get("words", {}).items()}
            shown = _plain(words.get(value, value) if words else value)
            rows.append([name, Cell(shown, "wrap"), Cell(FIELDS[name].metadata["help"], "wrap")])
    return table((), rows, headings=True)


def not_checked(facts: Facts) -> Iterator[Html]:
    """What the page does not say."""
    yield lines(map(sentence, unchecked(facts)), "open")


SECTIONS = {
    "What it is for": purpose,
    "How good it is": how_good,
    "What it goes by": attention_section,
    "Worst mistakes": mistakes_section,
    "The data": data_section,
    "How it learned": how_learned,
    "How it was made": how_made,
    "How to use it": usage,
    "What was not checked": not_checked,
}


def _plain(value: object) -> str:
    """A value as people write it."""
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} = {each}" for key, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value != "" else "none"
