"""Every lab is tested, small enough to be read in one sitting, and told of in the documentation."""

import ast
import re

import pytest

from tests.labs import DEMOS

LABS = sorted(path.stem for path in DEMOS.glob("*.py") if path.stem not in ("lab", "tiny_engine"))
LONGEST = 150


@pytest.mark.parametrize("name", LABS)
def test_a_lab_has_a_test_and_reads_in_one_sitting(name):
    tests = "".join(path.read_text(encoding="utf-8") for path in (DEMOS.parent / "tests/labs").glob("test_*.py"))
    assert f'run("{name}", ' in tests
    source = (DEMOS / f"{name}.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST
    about = ast.get_docstring(ast.parse(source))
    assert re.search(rf"^    python -m demos\.{name}\b", about, re.MULTILINE)
    assert "What to look at" in about
