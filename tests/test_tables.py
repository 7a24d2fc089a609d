"""The figures of docs/tables.md: the program that makes them runs, and the page holds what it wrote."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from nn.data import datasets
from tests.benchmarks import tables_beside_sklearn as beside
from tests.benchmarks.real_tables import TABLES

PAGE = (Path(__file__).parent.parent / "docs" / "tables.md").read_text(encoding="utf-8")
IMPORTED = {"scikit-learn": "sklearn"}
SCORES = {row[0]: row[5:] for line in PAGE.splitlines() if len(row := line.split(" | ")) == 9 and "±" in line}


def installed(table):
    """The table, if its package is there."""
    if not find_spec(IMPORTED.get(table.package, table.package)):
        pytest.skip(f"needs {table.package}")
    return table


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
@pytest.mark.filterwarnings("ignore::nn.data.datasets.DataNote")
def test_a_table_is_read_and_each_seed_chooses_other_rows(table, tmp_path):
    path = installed(table).write(tmp_path, seed=0)
    before = path.read_text(encoding="utf-8")
    data = datasets.CSV(path, table.target or None, ignore=table.ignore)
    assert len(data) >= 30
    assert table.write(tmp_path, seed=1).read_text(encoding="utf-8") != before
    assert table.write(tmp_path, seed=0).read_text(encoding="utf-8") == before


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_table_goes_through_every_model():
    (iris,) = [table for table in TABLES if table.name == "iris"]
    lines = list(beside.measure(installed(iris), 0, beside.MODELS))
    assert [line["model"] for line in lines] == list(beside.MODELS)
    assert all(line["score"] > 0.8 and line["classes"] == 3 and line["rows"] == 143 for line in lines)
    assert lines[0]["total"] > lines[0]["seconds"] > 0


def row(*scores):
    return {name: [{"score": score} for score in each] for name, each in zip(beside.MODELS, scores, strict=True)}


def test_the_network_is_behind_where_its_mean_is_lower_by_more_than_the_spread_of_the_other():
    near = row([0.5, 0.6], [0.6, 0.7], [0.55, 0.75], [0.5, 0.5])
    assert [beside.behind(near, other) for other in beside.OTHERS] == [True, False, False]
    assert beside.gap(near, "linear") == pytest.approx(-0.1)


def test_the_page_holds_every_table():
    assert list(SCORES) == [t.name for t in sorted(TABLES, key=lambda t: t.name not in classes())]
    assert all(len(scores) == len(beside.MODELS) for scores in SCORES.values())


def classes():
    return {line.split(" | ")[0] for line in PAGE.splitlines() if " classes | " in line}


def test_the_network_is_not_behind_the_mlp_of_sklearn():
    """By no more than its spread on any table, and ahead on the median."""
    gaps = []
    for ours, _, mlp, _ in SCORES.values():
        (mean, _), (other, spread) = (map(float, each.split(" ± ")) for each in (ours, mlp))
        assert mean >= other - spread - 0.001
        gaps.append(mean - other)
    assert sorted(gaps)[len(gaps) // 2] > 0
