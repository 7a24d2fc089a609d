"""What was seen of a program's trainings, told in the program's own words: as text, as data for JSON, and as a page."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import indent
from typing import Any

from autograd.display import Cell, display, html, table

from ..curve_display import curves
from .mistakes import MISTAKES
from .one_training import Seen
from .report import PAGE, PROJECT, Finding, finding

LABELS = {
    "optimizer": "made at", "scheduler": "scheduler", "call": "model called", "quiet call": "called under no_grad",
    "backward": "backward", "step": "step",
}  # fmt: skip

# Which of a training's lines a mistake concerns, if the evidence names none.
CONCERNS = {
    "no_zero_grad": "backward", "loss_broadcast": "backward", "softmax_before_loss": "backward",
    "graph_kept_alive": "backward", "no_gradient": "backward", "lr_too_high": "optimizer", "lr_too_low": "optimizer",
    "foreign_parameters": "optimizer", "not_moved": "optimizer", "bad_optimizer_order": "step", "no_grad": "step",
    "scheduler_first": "scheduler", "eval_mode_in_training": "call", "inputs_not_normalised": "call",
    "train_mode_in_eval": "quiet call", "class_order": "quiet call",
    "batches_of_one_class": "call", "targets_too_large": "backward", "dropout_too_high": "call",
    "wrong_sign": "backward", "zero_gradients": "backward", "clip_after_step": "step", "schedule_too_fast": "scheduler",
    "weight_decay_too_high": "optimizer", "optimizer_remade": "optimizer",
    "batch_norm_momentum": "call",
}  # fmt: skip
IN_TORCH = [
    (re.compile(r"\bnn\.data\."), "torch.utils.data."),
    (re.compile(r"\bautograd\.(?=(enable_grad|no_grad|randperm)\b)"), "torch."),
    (re.compile(r"[;:,] pass (it|them): doctor\([^)]*\)"), ""),
]
LINE = re.compile(r"\S.*:\d+$")
MARKUP = re.compile(r"^!\[.*\n\n|^#+ |\[([^\]]*)\]\([^)]*\)", re.MULTILINE)  # pictures, headings, links


def in_the_program(seen: Seen) -> Seen:
    """What was seen, with PyTorch's names, paths from this folder on, and the line that each finding concerns."""
    lines = {event: short(line) for event, line in seen.lines.items()}
    report = seen.report
    findings = [_translated(each, lines) for each in report.findings]
    moot = "" if "scheduler" in lines else "scheduler_first:"  # there is none: nothing is left to check
    unchecked = [in_torch(line) for line in report.unchecked if not (moot and line.startswith(moot))]
    return replace(seen, lines=lines, report=replace(report, findings=findings, unchecked=unchecked))


def _translated(finding: Finding, lines: dict[str, str]) -> Finding:
    evidence, place = in_torch(finding.evidence), lines.get(CONCERNS.get(finding.code, ""), "")
    if place and not re.search(r"\.(py|ipynb\b[^:]*):\d+", evidence):
        evidence = f"{evidence} See {with_source(place)}"
    return replace(finding, evidence=evidence, cause=in_torch(finding.cause), fix=in_torch(finding.fix))


def in_torch(text: str) -> str:
    """A text of the doctor with PyTorch's names, and with short paths."""
    for pattern, names in IN_TORCH:
        text = pattern.sub(names, text)
    return short(text)


def short(text: str) -> str:
    """A text in which files below the current folder are named from there on."""
    return text.replace(os.path.join(os.getcwd(), ""), "")


def with_source(line: str) -> str:
    """A line of the program, 'train.py:12', with what stands there, if it can be read."""
    file, _, number = line.rpartition(":")
    source = linecache.getline(file, int(number)).strip() if number.isdigit() else ""
    return f"{line}: {source}" if source else line


def heading(number: int, seen: Seen) -> str:
    """The line above a training."""
    return f"Training {number}: {seen.model}, with {seen.optimizer}"


def watched(seen: Seen) -> str:
    """How long it was watched."""
    steps = f"{seen.report.steps:,} step{'s' * (seen.report.steps != 1)}"
    return f"its first {steps}; the rest went on unwatched" if seen.ended else f"{steps}, to its end"


def facts(seen: Seen) -> Iterator[tuple[str, str]]:
    """What is known of a training, besides the findings."""
    for event, label in LABELS.items():
        if event in seen.lines and event != "step":
            yield label, with_source(seen.lines[event])
    yield "watched", watched(seen)


def grouped(trainings: Sequence[Seen]) -> list[tuple[Seen, list[Seen]]]:
    """One training for each line that made several of the same model, the one with most findings, and the others."""
    groups: dict[tuple[str, str], list[Seen]] = {}
    for seen in map(in_the_program, trainings):
        groups.setdefault((seen.lines["optimizer"], seen.model), []).append(seen)
    told = []
    for group in groups.values():
        first = max(group, key=lambda seen: (len(seen.report.findings), seen.report.steps))
        told.append((first, [other for other in group if other is not first]))
    return told


def others_told(others: Sequence[Seen]) -> str:
    """What is said of the other trainings of the same line."""
    codes = sorted({code for seen in others for code in seen.report.codes})
    steps = sum(seen.report.steps for seen in others)
    found = f"found there: {', '.join(codes)}" if codes else "nothing was found there"
    return f"{len(others)} more of the same line, with {steps:,} steps in all; {found}"


def as_text(name: str, trainings: Sequence[Seen], unwatched: int = 0) -> str:
    """The whole report on a program."""
    parts = [summary(name, trainings, unwatched)]
    for number, (seen, others) in enumerate(grouped(trainings), 1):
        rows = [*facts(seen), *([("also", others_told(others))] if others else [])]
        width = max(len(label) for label, _ in rows)
        lines = [heading(number, seen), *(f"  {label + ':':<{width + 1}} {text}" for label, text in rows)]
        parts.append("\n".join([*lines, "", str(seen.report)]))
    return "\n\n".join(parts)


def summary(name: str, trainings: Sequence[Seen], unwatched: int) -> str:
    """The first line: how many trainings, and how many mistakes."""
    if not trainings:
        return (
            f"The doctor found no training in {name}: no optimizer was made. (Weights that a program updates by hand "
            "are not watched.)"
        )
    codes = sorted({code for seen in trainings for code in seen.report.codes}, key=_seriousness)
    count = len(trainings)
    more = f" ({unwatched} more were not watched)" if unwatched else ""
    return (
        f"The doctor watched {count} training{'s' * (count != 1)} in {name}{more}: {', '.join(codes) or 'no finding'}."
    )


def _seriousness(code: str) -> int:
    return list(MISTAKES).index(code) if code in MISTAKES else len(MISTAKES)


def as_data(name: str, trainings: Sequence[Seen], unwatched: int = 0) -> dict[str, Any]:
    """What JSON holds: every training with its lines, findings and what was not checked."""
    told = [in_the_program(seen) for seen in trainings]
    return {
        "program": name,
        "codes": sorted({code for seen in told for code in seen.report.codes}, key=_seriousness),
        "unwatched": unwatched,
        "trainings": [
            {
                "model": seen.model,
                "optimizer": seen.optimizer,
                "lines": seen.lines,
                "ended_by_a_bound": seen.ended,
                "verdict": seen.report.verdict,
                **asdict(seen.report),
            }
            for seen in told
        ],
    }


REPORT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><base href="{folder}">
<style>
:root {{ color-scheme: light dark }}
body {{ max-width: 60em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 system-ui, sans-serif }}
h1 {{ font-size: 1.5em }} h2 {{ font-size: 1.15em; margin-top: 2.2em }}
</style></head><body>
<h1>{title}</h1>
<p>{summary}</p>
{sections}
</body></html>
"""


def as_page(name: str, trainings: Sequence[Seen], unwatched: int = 0) -> str:
    """One page of HTML that needs nothing else: each training with its findings and its curves."""
    sections = [_section(number, *told) for number, told in enumerate(grouped(trainings), 1)]
    title, first = html(f"The doctor on {name}"), html(summary(name, trainings, unwatched))
    folder = html(Path.cwd().as_uri() + "/")  # from which links lead on
    return REPORT.format(title=title, folder=folder, summary=first, sections="\n".join(sections))


def _section(number: int, seen: Seen, others: Sequence[Seen]) -> str:
    rows = [(label, Cell(text, "wrap")) for label, text in facts(seen)]
    if others:
        rows.append(("also", Cell(others_told(others), "wrap")))
    pictures = [
        curves({"loss": seen.losses}, ("step 1", f"step {len(seen.losses):,}")),
        curves(seen.sizes, ("first close look", "last close look")),
    ]
    report = seen.report._repr_html_()
    about, curved = display(table((), rows, headings=True)), display(*pictures)
    return f"<section><h2>{html(heading(number, seen))}</h2>{about}{report}{curved}</section>"


def all_codes() -> str:
    """Every code with its title and its page, most serious first."""
    width, wide = max(map(len, MISTAKES)), max(len(title) for title, *_ in MISTAKES.values())
    return "\n".join(f"{code:<{width}}  {title:<{wide}}  {PAGE.format(code)}" for code, (title, *_) in MISTAKES.items())


def explained(code: str) -> str:
    """The page of a mistake as plain text; without the documentation, what the doctor says of it."""
    page = PROJECT / PAGE.format(code)
    if not page.exists():
        told = finding(code, "")
        return f"{told.title}\n\n{told.cause}\n\n    {told.fix}\n\nSee {told.page} in the documentation."
    text, _, related = page.read_text(encoding="utf-8").partition("## Related\n")
    parts = re.split(r"(?ms)^```\w*\n(.*?)^```\n", text)  # code at every second place
    for i, part in enumerate(parts):
        parts[i] = indent(part, "    ") if i % 2 else MARKUP.sub(lambda found: found[1] or "", part)
    others = ", ".join(other for other in re.findall(r"\]\((\w+)\.md\)", related) if other in MISTAKES)
    return f"{''.join(parts).strip()}\n\nRelated: {others}\n\nWith its picture: {PAGE.format(code)}"
