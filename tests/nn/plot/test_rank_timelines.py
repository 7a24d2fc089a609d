"""The picture of a step on several ranks shows what its record says."""

import pytest

from nn.distributed import Span, record_step
from nn.plot.rank_timelines import step_timeline
from tests.drawn import check, words

FIRST = [
    Span("forward", "0", 0.0, 0.1), Span("forward", "1", 0.1, 0.2), Span("backward", "1", 0.2, 0.4),
    Span("sending", "", 0.4, 0.42), Span("backward", "0", 0.42, 0.6), Span("sending", "", 0.6, 0.61),
    Span("message", "7", 0.4, 0.6), Span("message", "8", 0.5, 0.7), Span("waiting", "", 0.61, 0.7),
]  # fmt: skip


def record(*ranks):
    step = record_step(None)
    step.ranks = list(ranks)
    return step


def test_bars_have_names_and_messages_lie_beside_each_other():
    picture = step_timeline(record(FIRST, FIRST[:2]), None, "Two ranks")
    said = words(picture.source)
    assert {"rank 0", "rank 1", "ms", "7", "8", "0", "1", "waiting", "in MPI meanwhile"} <= {*said}
    assert "300 ms of messages on rank 0, 70% of them behind backward" in said
    (ax,) = picture.source.axes
    bars = [bar.get_paths()[0].get_extents() for bar in ax.collections]
    assert len(bars) == len(FIRST) + 2
    assert not [pair for i, pair in enumerate(bars) for other in bars[:i] if overlap(pair, other) > 1e-6]


def overlap(one, other):
    width, height = (min(a) - max(b) for a, b in (
        ((one.x1, other.x1), (one.x0, other.x0)), ((one.y1, other.y1), (one.y0, other.y0))))  # fmt: skip
    return max(0, width) * max(0, height)


def test_a_step_without_messages_and_a_picture_in_a_file(tmp_path):
    step = record(FIRST[:2])
    assert step.hidden() == 0
    assert "messages 0.0 ms, 0% of them" in repr(step)
    picture = step_timeline(step, tmp_path / "step.png", "One rank")
    assert "nothing was sent" in words(picture.source)
    check(picture)
    assert step.draw(tmp_path / "step.svg") == tmp_path / "step.svg"


def test_time_counts_once_where_messages_are_on_their_way_together():
    assert record(FIRST).seconds("message") == pytest.approx(0.3)


def test_an_empty_record_is_refused():
    assert repr(record()) == "<record_step: nothing yet>"
    with pytest.raises(ValueError, match="nothing was computed"):
        record([]).draw("nothing.png")
