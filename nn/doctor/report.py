"""What the doctor says: its findings, what it could not check, and what was learned, as text and for a notebook."""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from autograd.display import Cell, Html, display, html, note, preformatted, table

from .mistakes import EXPLAINS, MISTAKES
from .what_was_learned import Outcome

WIDTH = 110
PROJECT = Path(__file__).parents[2]  # whose documentation is there in a clone, and not in an installed package
PAGE = "docs/mistakes/{}.md"  # the page of a mistake in the project


@dataclass
class Finding:
    """One mistake: its code, its title, the evidence in numbers, the cause, the line that fixes it, and its page."""

    code: str
    title: str
    evidence: str
    cause: str
    fix: str
    page: str

    def __str__(self) -> str:
        parts = [_wrapped(f"{self.title} ({self.code})", "")]
        parts += [_wrapped(self.evidence, "  evidence: "), _wrapped(self.cause, "  cause:    ")]
        return "\n".join([*parts, f"  fix:      {self.fix}", f"  see:      {self.page}"])

    def _repr_html_(self) -> str:
        return display(self.as_table())

    def as_table(self) -> Html:
        """The finding for a notebook."""
        rows = [
            ("evidence", Cell(self.evidence, "wrap")),
            ("cause", Cell(self.cause, "wrap")),
            ("fix", preformatted(self.fix)),
            ("see", linked(self.page)),
        ]
        return table((), rows, caption=f"{self.title} ({self.code})", headings=True)


@dataclass
class Report:
    """The findings, most serious first; what could not be checked, and why; the steps watched; and what was learned."""

    findings: list[Finding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    steps: int = 0
    outcome: Outcome | None = None

    @property
    def codes(self) -> list[str]:
        """The codes of the findings, most serious first."""
        return [finding.code for finding in self.findings]

    @property
    def healthy(self) -> bool:
        """Whether no mistake was found; whether anything was learned is another question: `learned`."""
        return not self.findings

    @property
    def learned(self) -> bool | None:
        """Whether the model ended better than the best constant answer; None if that could not be judged."""
        return self.outcome.learned if self.outcome else None

    @property
    def verdict(self) -> str:
        """What was found, in one sentence."""
        seen = f"{self.steps:,} step{'s' * (self.steps != 1)}"
        if self.findings:
            return f"{len(self.findings)} mistake{'s' * (len(self.findings) != 1)} found in {seen}."
        open_ = {line.partition(":")[0] for line in self.unchecked}
        checked = f"checked {seen} for {len(MISTAKES) - len(open_)} kinds of mistakes and found none."
        if self.learned is False:
            return f"Nothing was learned, and no cause was found: {checked}"
        return f"Healthy: {checked}" if self.learned else checked[0].upper() + checked[1:]

    @property
    def advice(self) -> tuple[str, ...]:
        """What to try, in order, where nothing was learned and no cause was found."""
        return self.outcome.advice if self.outcome and not self.findings else ()

    def __str__(self) -> str:
        lines = [self.verdict, *(f"\n{finding}" for finding in self.findings)]
        if self.unchecked:
            lines += ["\nNot checked:" if self.findings else "Not checked:"]
            lines += [_wrapped(line, "  ") for line in self.unchecked]
        if self.advice:
            lines += ["\nWhat to try, in order:"]
            lines += [_wrapped(line, f"  {i}. ") for i, line in enumerate(self.advice, 1)]
        if self.outcome:
            lines += ["\n" + _wrapped(self.outcome.sentence, "")]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        kind = "bad" if self.findings or self.learned is False else "good" if self.learned else ""
        parts = [note(self.verdict, kind), *(each.as_table() for each in self.findings)]
        if self.unchecked:
            rows = (
                [code, Cell(why.strip(), "wrap")] for code, _, why in (line.partition(":") for line in self.unchecked)
            )
            parts.append(table((), rows, caption="Not checked", headings=True))
        if self.advice:
            tries = ((str(i), Cell(line, "wrap")) for i, line in enumerate(self.advice, 1))
            parts.append(table((), tries, caption="What to try, in order", headings=True))
        if self.outcome:
            parts.append(note(self.outcome.sentence))
        return display(*parts)


def finding(code: str, evidence: str, fix: str = "") -> Finding:
    """A finding with the texts for its code; `fix` stands in place of the usual one."""
    title, cause, usual = MISTAKES[code]
    return Finding(code, title[0].upper() + title[1:], evidence, cause, fix or usual, PAGE.format(code))


def linked(page: str) -> Html:
    """The address of a page, as a link from the current folder if the page is there."""
    if not (PROJECT / page).exists():
        return html(page)
    return Html(f'<a href="{html(Path(os.path.relpath(PROJECT / page)).as_posix())}">{html(page)}</a>')


def primary(findings: list[Finding]) -> list[Finding]:
    """The findings that no other one explains, most serious first."""
    explained = set().union(*(EXPLAINS.get(each.code, set()) - {each.code} for each in findings))
    order = list(MISTAKES)
    return sorted((f for f in findings if f.code not in explained), key=lambda f: order.index(f.code))


def _wrapped(text: str, head: str) -> str:
    return "\n".join(
        textwrap.wrap(
            text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False,
            break_on_hyphens=False,
        )
    )  # fmt: skip
