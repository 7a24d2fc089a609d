"""The check of the rooms finds each way to break a law, and the picture of them shows the code as it is."""

import re
from textwrap import dedent
from xml.etree import ElementTree

import layout
import pytest

SVG = "{http://www.w3.org/2000/svg}"
GOOD = {
    "autograd/__init__.py": "from .tensors.tensor import Tensor\n",
    "autograd/core/engine.py": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from ..tensors.tensor import Tensor
        """,
    "autograd/tensors/tensor.py": """
        from ..core import engine
        class Tensor:
            def backward(self):
                from ..func import walk
                walk(self._data)
        """,
    "autograd/func.py": "from .tensors.tensor import Tensor\n",
    "nn/__init__.py": "from .module import Module\n",
    "nn/module.py": """
        from autograd import Tensor
        class Module:
            def copy(self, other):
                self._buffers, self._parts = other._buffers, super()._parts
        """,
    "nn/data/loader.py": "import autograd, nn, numpy\n",
    "tests/nn/loader.py": "from autograd.core import engine\n",
    "docs/design.md": "| [engine](../autograd/core/engine.py) | 3 | the graph |\n",
}
LONG = "x = 1\n" * 350


@pytest.fixture
def faults(tmp_path, monkeypatch):
    """A function that gives the faults of the good tree with some of its files replaced, or others added."""
    monkeypatch.setattr(layout, "DOORS", {("autograd/tensors/tensor.py", "autograd/func.py")})

    def find(files):
        for path, text in {**GOOD, **files}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(dedent(text))
        return layout.faults(layout.Project(tmp_path))

    return find


def test_a_good_tree_has_no_faults(faults):
    assert faults({}) == []


@pytest.mark.parametrize(
    ("path", "text", "fault"),
    [
        ("autograd/core/ops.py", "import numpy\nimport autograd.tensors.tensor", ":2: autograd/core imports .*a later"),
        ("autograd/core/ops.py", "from ..tensors import tensor", ":1: .*imports autograd/tensors/tensor.py"),
        ("autograd/core/ops.py", "def f():\n    from autograd import Tensor", ":2: .*imports autograd/__init__.py"),
        ("autograd/core/ops.py", "if TYPE_CHECKING:\n    from ..func import walk", ":2: .*a later room"),
        ("nn/functional/losses.py", "from ..module import Module", ":1: nn/functional imports nn/module.py"),
        ("nn/module.py", "def f():\n    from nn import module", ":2: a circle, nn/module.py -> nn/module.py"),
        ("nn/attic/page.py", "", ":1: is in no room"),
        ("nn/optim/sgd.py", "from autograd.core import engine", ":1: imports autograd/core/engine.py: take it from"),
        ("demos/xor.py", "from autograd.core import engine", ":1: imports autograd/core/engine.py: take it from"),
        ("nn/optim/sgd.py", "from autograd import _seed", ":1: _seed is private to autograd/__init__.py"),
        ("nn/optim/sgd.py", "from ..module import _name", ":1: _name is private to nn/module.py"),
        ("nn/optim/sgd.py", "x = 1\ny = p.grad._data", ":2: p.grad._data is private to another room"),
        ("nn/optim/sgd.py", "class A:\n    def f(self, a):\n        self._data = a._data", ":3: a._data is private"),
        ("nn/optim/sgd.py", "module._buffers", ":1: module._buffers is private to another room"),
        ("demos/xor.py", "net._buffers", ":1: net._buffers is private to another room"),
        ("demos/xor.py", "\n" * 401, ":401: the limit is 400 lines"),
        ("tests/test_xor.py", "#\n" * 401, ":401: the limit is 400 lines"),
        ("nn/optim/loader.py", "", ":1: has the name of nn/data/loader.py"),
        ("docs/design.md", "\n| [a](../autograd/core/graph.py) | 3 | |", ":2: there is no autograd/core/graph.py"),
        ("docs/design.md", "| [a](../autograd/core/engine.py) | 1,030 | |", ":1: .*has 3 lines of code, not 1030"),
        ("docs/design.md", "| [a](../nn/module.py) | 4 | |\n" * 8, ":1: the reading path is 8 files"),
    ],
)
def test_what_breaks_a_law_is_found_at_its_place(faults, path, text, fault):
    (found,) = faults({path: text})
    assert re.match(re.escape(path) + fault, found)


def test_a_circle_is_told_once_and_in_full(faults):
    names = "abc"
    files = {f"nn/plot/{name}.py": f"from . import {after}" for name, after in zip(names, "bca")}
    (found,) = faults(files)
    assert re.search(r"(nn/plot/[abc]\.py -> ){3}nn/plot/[abc]\.py", found)


def test_a_budget_counts_code_without_docstrings_and_comments(faults):
    docs = {"nn/callbacks.py": '"""Doc.\n\nstring\n"""\n' * 80 + "# comment\n\n" * 30 + "x = '''\n\n'''\n" * 3}
    assert faults(docs) == []
    files = {f"autograd/core/part{i}.py": LONG for i in range(5)}
    assert faults(files) == ["autograd/core: 1,753 lines of code, its budget is 1,650: make it shorter"]


def test_a_reading_path_of_too_many_lines_is_a_fault(faults):
    files = {f"nn/data/part{i}.py": LONG for i in range(3)}
    page = "".join(f"| [part](../{path}) | 350 | |\n" for path in files)
    (found,) = faults({**files, "docs/design.md": page})
    assert "3 files and 1,050 lines of code" in found


def test_files_are_sorted_into_rooms_by_the_closest_fit():
    rooms = {
        "autograd/hooks.py": "autograd",
        "autograd/func.py": "autograd/func",
        "nn/init.py": "nn/module",
        "nn/callbacks.py": "nn/callbacks",
        "nn/data/datasets/toy.py": "nn/data",
        "tests/nn/test_init.py": None,
    }
    assert {path: room and room.name for path in rooms for room in [layout.room_of(path)]} == rooms


# -- this project -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project():
    return layout.Project(layout.ROOT)


@pytest.fixture(scope="module")
def picture():
    return ElementTree.parse(layout.ROOT / "docs" / "images" / "rooms.svg")


AGAIN = "python .ci/layout.py --draw docs/images/rooms.svg"


def test_the_picture_shows_which_room_imports_which(project, picture):
    drawn = {group.get("id") for group in picture.iter(f"{SVG}g") if group.get("class") == "edge"}
    assert drawn == {f"{importer} imports {imported}" for importer, imported in project.edges()}, AGAIN


def test_the_sizes_in_the_picture_are_right_to_a_tenth(project, picture):
    groups = {group.get("id"): "".join(group.itertext()) for group in picture.iter(f"{SVG}g")}
    for room in layout.ROOMS:
        drawn = int(re.search(r"\xa0([\d,]+)", groups[room.name])[1].replace(",", ""))
        assert drawn == pytest.approx(project.size(room), rel=0.1), AGAIN


def test_every_door_is_in_use(project):
    lazy = {(found.importer, found.imported) for found in project.imports if found.lazy}
    assert lazy >= layout.DOORS


def test_the_page_has_a_reading_path(project):
    assert len(project.reading_path()) > 1
