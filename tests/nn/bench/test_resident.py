"""What a process holds while a step runs, as the system counts it."""

import numpy as np
import pytest

from nn.bench import resident

MB = 1_000_000
tells = pytest.mark.skipif(not resident.FORGET.exists(), reason="the system does not tell the peak of a process")


class Subject:
    """A step that holds 20 MB all the time, and 40 more while it runs."""

    def __init__(self):
        self.weights = np.ones(20 * MB, np.uint8)

    def step(self):
        return np.ones(40 * MB, np.uint8)[0]

    def drop(self):
        del self.weights


@tells
def test_the_peak_is_what_is_there_while_a_step_runs_beyond_what_is_there_without_it():
    subject = Subject()
    found = resident.readings(subject.step, subject.drop)
    above = {name: (value - found["dropped"]) / MB for name, value in found.items()}
    assert above["peak"] == pytest.approx(60, abs=3)
    assert above["held"] == pytest.approx(20, abs=3)
    assert above["shown"] > 57


@tells
def test_memory_that_the_c_library_keeps_is_shown_and_does_not_count():
    subject = Subject()
    kept = [np.ones(MB // 4, np.uint8) for _ in range(100)]
    keeps_the_heap_long = np.ones(MB // 4, np.uint8)
    del kept
    found = resident.readings(subject.step, subject.drop)
    assert found["peak"] - found["dropped"] < 63 * MB
    assert found["shown"] >= found["peak"] - 3 * MB
    assert keeps_the_heap_long[0]


def test_where_the_system_does_not_tell_there_are_no_figures(monkeypatch, tmp_path):
    subject = Subject()
    monkeypatch.setattr(resident, "FORGET", tmp_path / "no" / "such")
    assert resident.readings(subject.step, subject.drop) is None
    assert subject.weights.any(), "a step that could not be measured is still there"


def test_an_entry_that_does_not_exist_is_named():
    if resident.STATUS.exists():
        with pytest.raises(OSError, match="does not tell VmNone"):
            resident.resident("VmNone")
