"""A confusion matrix in a terminal of any width: no count and no head is cut."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from nn.cli import show

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def printed(classes, width, most=12345):
    matrix = np.random.default_rng(0).integers(0, most, (len(classes), len(classes)))
    file = io.StringIO()
    Console(file=file, width=width).print(show.confusion(SimpleNamespace(classes=classes, matrix=matrix)))
    return matrix, file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("classes", [NAMES, NAMES[:3], [f"kind {i}" for i in range(30)]], ids=len)
def test_every_count_can_be_read(classes, width):
    matrix, text = printed(classes, width)
    lines = text.splitlines()
    assert "…" not in text
    assert max(map(len, lines)) <= width
    for number, (name, counts) in enumerate(zip(classes, matrix, strict=True)):
        rows = [line.strip() for line in lines if line.strip().startswith((f"{name} ", f"{number} {name} "))]
        found = [word for row in rows for word in row.partition(name)[2].split()]
        assert [count for count in found if count != "·"] == [f"{count:,}" for count in counts if count]


def test_names_stand_above_the_columns_where_there_is_room():
    assert "automobile  bird" in " ".join(printed(NAMES, 200)[1].split("   "))
    assert "1 automobile" in printed(NAMES, 80)[1]
    assert "0 kind 0" in printed([f"kind {i}" for i in range(13)], 200)[1]
