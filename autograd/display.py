"""What a notebook shows: small pieces of HTML, and the one style they share.

A display is `display(table(...), note(...))`. Every text is escaped; only what these functions return is taken as HTML.
The style names no colour of text or page: it takes them from around it, and tints are transparent. So a display can be
read on any page, dark or light: in Jupyter, in VS Code, and in an exported file.

>>> print(table(["name", "size"], [["weight", 6], ["<b>", 2]]))
<table><thead><tr><th>name</th><th class="number">size</th></tr></thead><tbody>
<tr><td>weight</td><td class="number">6</td></tr>
<tr><td>&lt;b&gt;</td><td class="number">2</td></tr></tbody></table>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from numbers import Integral, Real
from typing import Any, NamedTuple

STYLE = """
& { color: inherit; overflow-x: auto; max-width: 100%; line-height: 1.4; margin: .4em 0 }
& table { border-collapse: collapse; border: 0; margin: 0; color: inherit; font-size: .92em; width: auto;
  font-variant-numeric: tabular-nums; display: table; table-layout: auto }
& > :not(style) + table { margin-top: .8em }
& caption { caption-side: top; text-align: left; padding: 0 .7em .4em; font-weight: 600; color: inherit }
& thead, & tbody, & tr { border: 0; background: none; color: inherit }
& tbody tr { border-top: 1px solid rgba(128, 128, 128, .22) }
& thead tr { border-bottom: 1px solid rgba(128, 128, 128, .6) }
& tbody tr:hover { background: rgba(128, 128, 128, .09); color: inherit }
& :is(th, td) { border: 0; padding: .25em .7em; text-align: left; vertical-align: top; white-space: pre;
  background: none; color: inherit; max-width: none }
& th { font-weight: 600 }
& :is(th, td).number { text-align: right }
& :is(th, td).index { font-weight: 400; opacity: .6; text-align: right }
& :is(th, td).wrap { white-space: pre-wrap; min-width: 12em; max-width: 44em }
& :is(th, td).bad { background: rgba(229, 57, 53, .24) }
& :is(th, td).good { background: rgba(67, 160, 71, .24) }
& pre { margin: 0; padding: 0 .7em; border: 0; background: none; color: inherit; overflow-x: auto;
  white-space: pre; font: .92em/1.4 monospace }
& p { margin: .45em .7em; padding: 0; color: inherit; opacity: .75; font-size: .92em;
  white-space: pre-wrap }
& p.bad { opacity: 1; border-left: .25em solid rgb(229, 57, 53); padding-left: .6em }
& p.good { opacity: 1; border-left: .25em solid rgb(67, 160, 71); padding-left: .6em }
& details { margin: .1em 0; color: inherit }
& details > :not(summary) { margin-left: 1.2em }
& summary { cursor: pointer; padding: .15em 0; color: inherit; font-size: .92em }
& svg { display: block; max-width: 100%; height: auto; margin: .4em 0; color: inherit }
""".replace("&", "div.chalkgrad.chalkgrad")  # named twice, to come before the rules that JupyterLab has for any table
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Html(str):
    """Text that is HTML already; any other is escaped."""

    __slots__ = ()


class Cell(NamedTuple):
    """One cell of a table.

    Attributes:
        content: a text, a number, or `Html`.
        kind: words that say how it looks: "number" (to the right), "index" (to the right, pale), "wrap" (for
            long texts), "bad" (red), "good" (green).
        shade: from 0 to 1, how strongly it is tinted blue.
        title: what is told when the mouse rests on it.
    """

    content: Any
    kind: str = ""
    shade: float = 0.0
    title: str = ""


def display(*parts: str) -> str:
    """The whole of a display: its parts, one below the other, with the style. This is what `_repr_html_` returns."""
    return f'<div class="chalkgrad"><style>{STYLE}</style>{"".join(map(html, parts))}</div>'


def html(content: Any) -> Html:
    """`Html` as it is, and any other object as escaped text; characters that no page may hold become escapes."""
    if isinstance(content, Html):
        return content
    text = str(content).replace("\r\n", "\n")
    return Html(escape(_UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)))


def table(head: Sequence[Any], rows: Iterable[Sequence[Any]], *, caption: str = "", headings: bool = False) -> Html:
    """A table.

    Args:
        head: the names of the columns, as texts or `Cell`s; without any, there is no line for them.
        rows: the cells of each row: texts, numbers (which stand to the right), `Html`, or `Cell`s.
        caption: what stands above it.
        headings: whether the first cell of each row is its heading.
    """
    lines = [list(map(_cell, row)) for row in rows]
    columns = [_cell(name) for name in head]
    for i, column in enumerate(columns):
        cells = [line[i] for line in lines if i < len(line) and line[i].content != ""]
        if not column.kind and cells and all("number" in cell.kind for cell in cells):
            columns[i] = column._replace(kind="number")
    titled = f"<caption>{html(caption)}</caption>" if caption else ""
    top = f"<thead><tr>{''.join(_tag('th', cell) for cell in columns)}</tr></thead>" if columns else ""
    body = "".join(f"\n<tr>{_line(line, headings)}</tr>" for line in lines)
    return Html(f"<table>{titled}{top}<tbody>{body}</tbody></table>")


def marked(row: Iterable[Any], kind: str) -> list[Cell]:
    """A row whose cells are all of this kind besides their own: `marked(row, "bad")`."""
    return [cell._replace(kind=f"{cell.kind} {kind}".strip()) for cell in map(_cell, row)]


def note(text: Any, kind: str = "") -> Html:
    """A line of words; one of the kind "bad" or "good" has a bar of that colour beside it."""
    return Html(f"<p{_attribute('class', kind)}>{html(text)}</p>")


def preformatted(text: Any) -> Html:
    """Lines of text as a terminal shows them."""
    return Html(f"<pre>{html(text)}</pre>")


def fold(summary: Any, *parts: str, opened: bool = False) -> Html:
    """Parts that a click on the summary opens and closes."""
    state = ' open="open"' if opened else ""
    return Html(f"<details{state}><summary>{html(summary)}</summary>{''.join(map(html, parts))}</details>")


def _cell(content: Any) -> Cell:
    """A cell of any content; numbers stand to the right, fractions have four digits."""
    if isinstance(content, Cell):
        return content
    if not isinstance(content, Real) or isinstance(content, bool):
        return Cell(content)
    return Cell(f"{content:,}" if isinstance(content, Integral) else f"{content:.4g}", "number")


def _line(cells: list[Cell], headings: bool) -> str:
    return "".join(_tag("th" if headings and not i else "td", cell) for i, cell in enumerate(cells))


def _tag(tag: str, cell: Cell) -> str:
    shade = f"background: rgba(66, 133, 244, {min(max(cell.shade, 0.0), 1.0) * 0.6:.2f})" if cell.shade > 0 else ""
    given = f"{_attribute('class', cell.kind)}{_attribute('style', shade)}{_attribute('title', cell.title)}"
    return f"<{tag}{given}>{html(cell.content)}</{tag}>"


def _attribute(name: str, value: str) -> str:
    return f' {name}="{html(value)}"' if value else ""
