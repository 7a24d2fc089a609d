"""What the benchmarks write into docs/performance.md."""

import pytest

from nn.bench.turns import Turn
from nn.bench.verdicts import Verdict
from tests.benchmarks import growth, neighbours, where_time_goes
from tests.benchmarks.page import PAGE, put
from tests.drawn import check, words
from tests.nn.bench.test_bench import LOSSES, OTHER, said


def test_a_text_is_put_between_its_marks_and_nowhere_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n")
    put("x", "new", page)
    assert page.read_text() == "a\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\nb\n"
    with pytest.raises(SystemExit, match="must contain <!-- y: begin -->"):
        put("y", "new", page)


@pytest.mark.parametrize("name", ["neighbours", "parts", "growth", "figures"])
def test_the_page_has_the_marks(name):
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(f"<!-- {name}: begin -->") == text.count(f"<!-- {name}: end -->") == 1


def test_the_table_names_the_machine_the_versions_and_who_did_other_work():
    turn = Turn("names", 1, {"chalkgrad": said(1), "torch": said(2), "numpy": said(1, found=OTHER)})
    turn.engines["torch"]["versions"] = {"python": "3.11.7", "torch": "2.13.0"}
    machine = {"processor": "a chip", "cores": 2, "system": "Linux", "load": 0.1}
    data = {"machine": machine, "clock": "wall", "versions": {"torch": turn.engines["torch"]["versions"]}}
    text = neighbours.text(data, [Verdict(turn)])
    assert text.startswith("a chip, 2 cores, Linux; load average 0.1. Python 3.11.7; torch 2.13.0. Medians of 1 rounds")
    assert " | 0.50 | 1.00" in text
    assert text.endswith(f"NumPy by hand, names: computed something else: 2.1005 after {len(LOSSES)} steps, not 2.1")


def test_a_slope_is_the_exponent_of_the_upper_half():
    sizes = [10**k for k in range(6)]
    assert growth.slope(sizes, [max(100, n**1.5) for n in sizes]) == pytest.approx(1.5, abs=0.01)


def test_growth_is_measured_drawn_and_told(tmp_path):
    axes = [axis._replace(sizes=axis.sizes[:3]) for axis in (growth.AXES[0], growth.AXES[-1])]
    found = list(growth.measured(axes, rounds=1, least=0))
    compiled = [growth.compiling("NumPy", [10, 30, 100])]
    picture = growth.picture(found, compiled, tmp_path / "growth.png")
    check(picture)
    assert words(picture.source).count("chalkgrad") == 1
    assert {"width\nthree layers, batch 64", "PyTorch"} <= set(words(picture.source))
    assert len(growth.table(found).splitlines()) == 2 + len(axes)
    assert "nodes (the same, garbage collector off) | 10 to 1,000" in growth.table(found)
    assert "by NumPy | 10 to 100 | " in growth.compiled_table(compiled)


def test_the_parts_of_a_step_add_up(tmp_path):
    row = where_time_goes.ROWS["2-16-16-2"]
    step, found = where_time_goes.parts(row, rounds=3)
    assert found.keys() == where_time_goes.PARTS.keys()
    assert sum(found.values()) >= step - 1e-12
    assert min(found.values()) >= 0
    check(where_time_goes.picture({row.about: (step, found)}, tmp_path / "parts.png"))
    assert row.about in where_time_goes.table({row.about: (step, found)})
