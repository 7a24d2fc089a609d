"""Damaged files of every kind are refused by name; and the watch would notice if they were not."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli_runs import ENVIRONMENT, ROOT

from . import run
from .damage import ACCIDENTS, damaged
from .files import Kind

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the watch needs signals")


def test_damaged_files_are_refused_by_name():
    """In a process of its own, so that its memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutations", "--each", "20", "--seed", "1"],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.endswith("refused")]
    assert len(lines) >= 26
    assert all(" 0 refused" not in line for line in lines)


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_every_accident_changes_some_file(accident):
    good = bytes(range(200))
    made = [accident(good, b"other" * 9, random.Random(seed)) for seed in range(50)]
    assert sum(each != good for each in made) > 20


def test_the_same_seed_does_the_same_damage():
    assert damaged(b"a file" * 9, b"b", random.Random(3)) == damaged(b"a file" * 9, b"b", random.Random(3))


def that_takes_long(path):
    time.sleep(10)


def that_fills_the_memory(path):
    bytearray(1 << 29)


def that_trips(path):
    return {}["no"]


def that_says_nothing(path):
    raise ValueError


def that_refuses(path):
    raise ValueError(f"{path}: no")


READERS = [
    (that_takes_long, "took more than"),
    (that_fills_the_memory, "took too much memory"),
    (that_trips, "KeyError in test_mutations.py, that_trips"),
    (that_says_nothing, "no message"),
]


@pytest.mark.parametrize(("reader", "fault"), READERS, ids=[reader.__name__ for reader, _ in READERS])
def test_a_reader_is_caught(reader, fault, monkeypatch):
    monkeypatch.setattr(run, "SECONDS", 0.2)
    if reader is that_fills_the_memory:
        sizes = iter([1 << 27, 1 << 27, (1 << 27) + (1 << 29)])  # earlier tests may have needed more
        monkeypatch.setattr(run, "memory", lambda what: next(sizes))
    assert fault in run.watched(Kind([], "a", reader), Path("a"), 1)


def test_a_refusal_is_no_fault_unless_the_file_is_good():
    assert run.watched(Kind([], "a", that_refuses), Path("a"), 1) == ""
    assert "though it is good" in run.watched(Kind([], "a", that_refuses), Path("a"), 1, must_read=True)
