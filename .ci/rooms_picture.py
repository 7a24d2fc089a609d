"""The rooms as a picture: a box for each, with its size, and an arrow to every room that it imports."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING

from graphviz import Digraph

from autograd.tools.dot_labels import BLUE, GREY, INK, LINE, PAPER, SANS
from autograd.tools.render import Drawing

if TYPE_CHECKING:
    from layout import Project, Room

COLOURS = {"autograd": "#fdf1d8", "nn": "#e3edf7"}
ROWS = (("autograd/core", "autograd/calculus", "autograd/tensors"), ("autograd/func", "autograd/tools"))
WIDTH, HEIGHT = 121, 48  # of a box, in points
CAPTION = (
    "A room imports those its arrows lead to, and all that these import. Sizes are lines of code without docstrings."
)


def draw(project: Project, rooms: tuple[Room, ...]) -> Drawing:
    """The picture, as DOT text that can be saved as .svg or .png."""
    dot = Digraph("rooms")
    dot.attr(rankdir="BT", bgcolor=PAPER, pad="0.1", nodesep="0.2", ranksep="0.3", newrank="true")
    dot.attr(label=f"<{font(CAPTION, 9, GREY)}>", labelloc="b")
    dot.attr("node", shape="plain")
    dot.attr("edge", color=INK, penwidth="0.9", arrowsize="0.6")
    for package, fill in COLOURS.items():
        with dot.subgraph(name=f"cluster_{package}") as group:
            group.attr(label=f"<{font(package, 14, tag='b')}>", labeljust="l", labelloc="b", margin="12")  # on top
            group.attr(style="rounded,filled", fillcolor=fill, color=fill)
            for room in rooms:
                if room.name.partition("/")[0] == package:
                    group.node(room.name, box(room, project.size(room)), id=room.name)
    looks = {("nn/module", "autograd"): {"weight": "9"}}  # straight
    for row in ROWS:
        with dot.subgraph() as rank:
            rank.attr(rank="same")
            for left, right in pairwise(row):
                rank.edge(left, right, style="invis")
                looks[left, right] = {"tailport": "e", "headport": "w"}
                looks[right, left] = {"tailport": "w", "headport": "e"}
    for importer, imported in sorted(project.edges()):
        look = looks.get((importer, imported), {})
        dot.edge(importer, imported, id=f"{importer} imports {imported}", **look)
    return Drawing(dot.source, "<drawing of the rooms>")


def box(room: Room, size: int) -> str:
    """A room's name and size, and below them what it is about."""
    package, _, name = room.name.partition("/")
    title = f"{font(name or f'import {package}', 11, tag='b')} {font(f'&nbsp;{size:,}', 9, BLUE)}"
    about = (font(line, 9, GREY) for line in textwrap.wrap(room.about, 23))
    lines = "<br/>".join([title, font("&nbsp;", 3), *about])
    return (
        f'<<table border="1" cellborder="0" cellspacing="0" cellpadding="5" style="rounded" bgcolor="white" '
        f'color="{LINE}" width="{WIDTH}" height="{HEIGHT}"><tr><td align="left" balign="left">{lines}</td></tr>'
        "</table>>"
    )


def font(text: str, size: int, color: str = INK, tag: str = "") -> str:
    text = f"<{tag}>{text}</{tag}>" if tag else text
    return f'<font face="{SANS}" point-size="{size}" color="{color}">{text}</font>'
