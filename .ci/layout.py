"""The rooms of the code, in their order, and the laws that keep them apart. `make check` runs this.

Prints the size of every room, and fails on what breaks a law below. `--draw FILE` draws the rooms and their imports.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sources import PRIVATE, Import, Source, imports, read

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 400
PAGE = "docs/design.md"
READING_PATH = 7, 1000  # files, lines of code


class Room(NamedTuple):
    """A folder, or a few files side by side, about one idea. A room imports only from the rooms above it."""

    name: str
    budget: int  # lines of code: docstrings, comments and blank lines aside
    about: str
    places: tuple[str, ...] = ()  # folders and files; default: the folder of its name

    def fit(self, path: str) -> int:
        """How closely the room describes a file: 0 if the file is not in it."""
        places = self.places or (f"{self.name}/",)
        return max(len(p) * (path.startswith(p) or PurePosixPath("/", path).match(f"/{p}")) for p in places)


ROOMS = (
    Room("autograd/display", 110, "HTML for notebooks", ("autograd/display.py",)),  # 83
    Room("autograd/core", 1650, "ops, the graph, the walk; no mathematics"),  # 1,433
    Room("autograd/calculus", 1050, "the table: every derivative"),  # 919
    Room("autograd/tensors", 7470, "Tensor, and PyTorch's functions and arguments"),  # 6,493
    Room("autograd/func", 350, "derivatives as functions", ("autograd/func.py",)),
    Room("autograd/tools", 3250, "check, compare, draw, debug, checkpoint"),  # 2,826
    Room("autograd/compiler", 4530, "a recorded step as one program, by NumPy or by Numba"),  # 3,940
    Room("autograd", 350, "the public names", ("autograd/*.py",)),
    # nn: the size when the budget was set, and about 15 %
    Room("nn/functional", 2740, "layers and losses as functions"),  # 2,384
    Room("nn/module", 1990, "Module, init, files, utils, summary", ("nn/*.py", "nn/utils/")),  # 1,734
    Room("nn/layers", 2950, "one file for each family"),  # 2,560
    Room("nn/optim", 1900, "an optimizer is one formula; the scale of a loss"),  # 1,652
    Room("nn/distributions", 980, "samples and their probabilities"),  # 850
    Room("nn", 125, "the public names", ("nn/__init__.py",)),  # 107
    Room("nn/distributed", 1020, "several processes that train one model, by MPI; a record of a step"),  # 888
    Room("nn/data", 4800, "data sets, transforms, loader"),  # 4,170
    Room(
        "nn/callbacks",
        600,  # 523
        "what a run tells and keeps",
        ("nn/callbacks.py", "nn/history.py", "nn/curve_display.py", "nn/recorder.py", "nn/histogram.py"),
    ),
    Room("nn/doctor", 5220, "mistakes that do not crash; what was learned; whole programs"),  # 4,540
    Room("nn/runs", 1480, "the folder of a run: its settings, its model, its data, its lock; of folds"),  # 1,290
    Room("nn/plot", 3000, "pictures of training, of what was learned, and of how it is judged"),  # 2,609
    Room("nn/train", 3180, "the loop, metrics, exact resume, a learning rate, 16 bits, a batch size, columns"),  # 2,761
    Room("nn/interop", 3990, "to and from PyTorch, scikit-learn and ONNX; files, and a layout of names"),  # 3,590
    Room("nn/web", 420, "the local page"),  # 359
    Room("nn/bench", 1220, "steps of networks in this engine and its neighbours, timed in turns"),  # 1,060
    Room("nn/cli", 4010, "the command line"),  # 3,486
    Room("nn/report", 1110, "a page about a model"),  # 965
)

# Imports inside functions, by which a method opens a door to a later room: (file, imported file).
DOORS: frozenset[tuple[str, str]] = frozenset(
    {
        ("nn/distributed/step_record.py", "nn/plot/rank_timelines.py"),  # a record draws itself
        ("nn/train/trained_run.py", "nn/report/__init__.py"),  # a run writes its report
    }
)

# What nn and the demos may import of autograd, and what they must leave alone on a Tensor.
PUBLIC = re.compile(r"autograd/((__init__|display|hooks|func|linalg)\.py|(calculus|tools)/)")
PRIVATE_TO_TENSOR = {"_array", "_data", "_grad", "_hooks", "_label", "_node"}


def room_of(path: str) -> Room | None:
    room = max(ROOMS, key=lambda room: room.fit(path))
    return room if room.fit(path) else None


class Project:
    """Every file, the room it is in, and who imports whom."""

    def __init__(self, root: Path) -> None:
        self.root, self.files = root, read(root)
        self.rooms = {path: room for path in self.files if (room := room_of(path))}
        used = [file for file in self.files.values() if file.package in ("autograd", "nn", "demos")]
        self.imports = [found for file in used for found in imports(file, set(self.files))]

    @cached_property
    def ordered(self) -> list[Import]:
        """The imports that the order of the rooms is about: no door, and no Tensor that an annotation names."""
        return [
            found
            for found in self.imports
            if {found.importer, found.imported} <= self.rooms.keys()
            and not (found.lazy and (found.importer, found.imported) in DOORS)
            and not (found.typing and found.name == "Tensor" and found.importer.startswith("autograd/"))
        ]

    def climb(self, found: Import) -> int:
        """How many rooms an import goes up; below 0 it goes against the order."""
        return ROOMS.index(self.rooms[found.importer]) - ROOMS.index(self.rooms[found.imported])

    def size(self, room: Room) -> int:
        return sum(self.files[path].code for path, other in self.rooms.items() if other is room)

    def edges(self) -> set[tuple[str, str]]:
        """Which room imports which, by name, without what follows from the rest."""
        needs: dict[str, set[str]] = defaultdict(set)
        for found in self.ordered:
            if self.climb(found) > 0:
                needs[self.rooms[found.importer].name].add(self.rooms[found.imported].name)
        reach: dict[str, set[str]] = {}
        for room in ROOMS:
            reach[room.name] = needs[room.name].union(*(reach[other] for other in needs[room.name]))
        return {(a, b) for a in reach for b in needs[a] if not any(b in reach[between] for between in needs[a])}

    def reading_path(self) -> list[tuple[int, str, int]]:
        """The rows of the page's reading path: their line, the file, and the size the page gives it."""
        page = self.root / PAGE
        lines = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
        rows = ((i, re.search(r"\(\.\./(\S+\.py)\) \| ([\d,]+) \|", line)) for i, line in enumerate(lines, 1))
        return [(i, row[1], int(row[2].replace(",", ""))) for i, row in rows if row]


# -- the laws: each yields its faults, with their place and what to do ------------------------------------------------


def every_file_is_in_a_room(project: Project) -> Iterator[str]:
    for path, file in project.files.items():
        if file.package in ("autograd", "nn") and path not in project.rooms:
            yield f"{path}:1: is in no room: move it into one, or add a room to ROOMS in .ci/layout.py"


def imports_go_up(project: Project) -> Iterator[str]:
    for found in project.ordered:
        if project.climb(found) < 0:
            importer, imported = project.rooms[found.importer].name, project.rooms[found.imported].name
            yield (
                f"{found.place}: {importer} imports {found.imported} of {imported}, a later room: move what it needs "
                "to an earlier one, or hand it in"
            )


def files_do_not_import_in_a_circle(project: Project) -> Iterator[str]:
    places = {(found.importer, found.imported): found.place for found in project.ordered if project.climb(found) == 0}
    needs: dict[str, set[str]] = defaultdict(set)
    for importer, imported in places:
        needs[importer].add(imported)
    while circle := find_circle(needs):
        first, second = circle[:2]
        needs[first].remove(second)
        yield f"{places[first, second]}: a circle, {' -> '.join(circle)}: move what both sides need to a third file"


def find_circle(needs: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter({file: sorted(others) for file, others in sorted(needs.items())}).prepare()
    except CycleError as error:
        return error.args[1][::-1]  # importer first
    return []


def outsiders_use_public_names(project: Project) -> Iterator[str]:
    for found in project.imports:
        outside = not found.importer.startswith("autograd/") and found.imported.startswith("autograd/")
        if outside and not PUBLIC.match(found.imported):
            yield (
                f"{found.place}: imports {found.imported}: take it from autograd, autograd.display, .hooks, .func, "
                ".linalg, .calculus or .tools, or make it public there first"
            )
        if PRIVATE.match(found.name) and project.rooms.get(found.importer) is not project.rooms.get(found.imported):
            yield f"{found.place}: {found.name} is private to {found.imported}: use a public name, or make it one"


def outsiders_use_public_attributes(project: Project) -> Iterator[str]:
    own: dict[Room | None, set[str]] = defaultdict(set)
    for path, room in project.rooms.items():
        own[room] |= project.files[path].private - PRIVATE_TO_TENSOR
    for path, file in project.files.items():
        if file.package in ("nn", "demos"):
            for node in foreign_attributes(file, own[project.rooms.get(path)]):
                yield (
                    f"{path}:{node.lineno}: {ast.unparse(node)} is private to another room: use a public attribute, or "
                    "make it one"
                )


def foreign_attributes(file: Source, own: set[str]) -> Iterator[ast.Attribute]:
    """The private attributes that a file uses of others' objects; a room may use those it defines itself."""
    for node in ast.walk(file.tree):
        foreign = isinstance(node, ast.Attribute) and PRIVATE.match(node.attr) and node.attr not in own
        if foreign and ast.unparse(node.value) not in ("self", "cls", "super()"):
            yield node


def rooms_keep_to_their_budgets(project: Project) -> Iterator[str]:
    for room in ROOMS:
        if (size := project.size(room)) > room.budget:
            yield f"{room.name}: {size:,} lines of code, its budget is {room.budget:,}: make it shorter"


def files_are_short(project: Project) -> Iterator[str]:
    for path, file in project.files.items():
        if file.lines > LONGEST_FILE:
            yield f"{path}:{file.lines}: the limit is {LONGEST_FILE} lines: split the idea, not the file"


def names_are_unique(project: Project) -> Iterator[str]:
    first: dict[str, str] = {}
    for path, file in project.files.items():
        name = PurePosixPath(path).name
        if file.package not in ("tests", "demos") and name != "__init__.py" and first.setdefault(name, path) != path:
            yield f"{path}:1: has the name of {first[name]}: find one that says without its folder what is in it"


def the_reading_path_is_short(project: Project) -> Iterator[str]:
    rows = project.reading_path()
    sizes = [project.files[path].code if path in project.files else 0 for _, path, _ in rows]
    for (line, path, told), size in zip(rows, sizes, strict=True):
        if not size:
            yield f"{PAGE}:{line}: there is no {path} to read: name the file that took its place"
        elif abs(told - size) >= 10:
            yield f"{PAGE}:{line}: {path} has {size} lines of code, not {told}: write {round(size, -1)}"
    files, lines = READING_PATH
    if len(rows) > files or sum(sizes) > lines:
        yield (
            f"{PAGE}:{rows[0][0]}: the reading path is {len(rows)} files and {sum(sizes):,} lines of code long, the "
            f"limit is {files} files and {lines:,} lines: make the code on it shorter"
        )


LAWS = (
    every_file_is_in_a_room,
    imports_go_up,
    files_do_not_import_in_a_circle,
    outsiders_use_public_names,
    outsiders_use_public_attributes,
    rooms_keep_to_their_budgets,
    files_are_short,
    names_are_unique,
    the_reading_path_is_short,
)


def faults(project: Project) -> list[str]:
    return list(dict.fromkeys(fault for law in LAWS for fault in law(project)))


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the rooms of the code, or draw them.")
    parser.add_argument("--draw", metavar="FILE", help="the picture to write, in .svg, .png or .dot")
    file = parser.parse_args().draw
    project = Project(ROOT)
    if file:
        from rooms_picture import draw

        draw(project, ROOMS).save(file)
        return 0
    print(f"{'room':24}{'code':>6}{'budget':>9}")
    for room in ROOMS:
        print(f"{room.name:24}{project.size(room):6,}{room.budget:9,}")
    found = faults(project)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
