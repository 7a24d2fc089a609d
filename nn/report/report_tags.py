"""The pieces of a page beyond those of `autograd.display`. Every text is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from autograd.display import Cell, Html, html

VOID = {"br", "img"}


def tag(name: str, *content: str, kind: str = "", **attributes: str) -> Html:
    """An element of this `kind`, its class, with other attributes; what it contains is escaped if it is not `Html`."""
    given = "".join(f' {key}="{html(value)}"' for key, value in {"class": kind, **attributes}.items() if value)
    if name in VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{''.join(map(html, content))}</{name}>")


def paragraph(text: str, kind: str = "") -> Html:
    """A paragraph."""
    return tag("p", text, kind=kind)


def lines(texts: Iterable[str], kind: str = "") -> Html:
    """A list with a line for each text; nothing if there are none."""
    found = [tag("li", text) for text in texts]
    return tag("ul", *found, kind=kind) if found else Html()


def heading(text: str) -> Html:
    """The heading of a part of a section."""
    return tag("h3", text)


def wide(content: Html) -> Html:
    """What may be wider than the page, and then is moved under the finger."""
    return tag("div", content, kind="wide") if content else content


def beside(*parts: Html) -> Html:
    """Parts side by side, as far as there is room."""
    found = [part for part in parts if part]
    return tag("div", *found, kind="beside") if found else Html()


def gallery(*pictures: Html) -> Html:
    """Pictures in two columns, or in one on a narrow page."""
    found = [each for each in pictures if each]
    return tag("div", *found, kind="gallery") if found else Html()


def side_by_side(*parts: Html) -> Html:
    """Parts as wide as they are, in a row as far as there is room."""
    return tag("div", *(tag("div", part) for part in parts if part), kind="row")


def bar(name: str, text: str, share: float, span: tuple[float, float] = (0.0, 0.0), kind: str = "") -> Html:
    """A line of `bars`: a bar that takes this share of the whole, and over it a thin line from one share to another."""
    low, high = (100 * min(max(end, 0.0), 1.0) for end in span)
    drawn = [tag("span", kind="bar", style=f"width: {100 * min(max(share, 0.0), 1.0):.2f}%")]
    if low < high:
        drawn.append(tag("span", kind="range", style=f"left: {low:.2f}%; width: {high - low:.2f}%"))
    ends = tag("span", name, kind="name"), tag("span", text, kind="value")
    return tag("li", ends[0], tag("span", *drawn, kind="track"), ends[1], kind=kind)


def bars(*drawn: Html) -> Html:
    """Bars below each other."""
    return tag("ul", *drawn, kind="bars")


def figure(value: float, digits: int = 4) -> str:
    """A figure with so many digits, and without an exponent if people can read it."""
    if math.isnan(value):
        return "–"
    rounded = float(f"{value:.{digits}g}")
    text = f"{rounded:,.0f}" if 10 ** (digits - 1) <= abs(rounded) < 1e15 else f"{rounded:.{digits}g}"
    return text.replace("-", "−")


def number(value: float, digits: int = 4) -> Cell:
    """A figure in a table."""
    return Cell(figure(value, digits), "number")


def percent(value: float) -> str:
    """A share of a whole."""
    return f"{value:.1%}"


def sentence(text: Any) -> str:
    """A text with a capital letter, and a full stop."""
    words = str(text).strip()
    return words[:1].upper() + words[1:] + "." * (not words.endswith((".", "!", "?", ":")))
