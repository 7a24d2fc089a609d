"""The picture of a step's memory shows what its record says."""

import pytest

import autograd
import nn
from nn import plot
from tests.drawn import check, words


def recorded(net, x, optimizer=None):
    with autograd.record_memory(net, optimizer) as record:
        net(x).square().mean().backward()
        if optimizer is not None:
            optimizer.step()
    return record


def test_bands_have_names_and_the_ops_stand_below():
    net = nn.Sequential(nn.Linear(100, 400), nn.Tanh(), nn.Linear(400, 5))
    record = recorded(net, autograd.ones(300, 100), nn.optim.Adam(net.parameters()))
    fig = plot.memory_timeline(record).source
    said = words(fig)
    assert {"Memory of one training step", "MB", "forward", "backward", "tanh of 1"} <= {*said}
    assert {"parameters", "state of the optimizer", "inputs", "gradients", "activations"} <= {*said}
    ticks = [label.get_text() for label in fig.axes[0].get_xticklabels()]
    assert ticks == ["begin", *(event.op for event in record.events)]
    assert any(text.startswith(f"peak {record.peak / 1e6:.3g} MB, at {record.where}") for text in said)


def test_bands_lie_on_each_other_and_reach_what_was_there():
    net = nn.Sequential(nn.Linear(100, 400), nn.Tanh(), nn.Linear(400, 5))
    record = recorded(net, autograd.ones(300, 100))
    (ax,) = plot.memory_timeline(record).source.axes
    *bands, hatched = ax.collections
    area = sum(abs(_area(band)) for band in bands)
    assert area * 1e6 == pytest.approx(sum(record.live))
    assert abs(_area(hatched)) * 1e6 == pytest.approx(sum(event.temporary for event in record.events))


def _area(band):
    """The area of a polygon by its corners (the shoelace formula)."""
    x, y = band.get_paths()[0].vertices[:-1].T
    return (x * [*y[1:], y[0]] - y * [*x[1:], x[0]]).sum() / 2


@pytest.mark.parametrize("depth", [1, 60])
def test_a_step_of_any_length_is_drawn(depth, tmp_path):
    net = nn.Sequential(*(nn.Linear(8, 8) for _ in range(depth)))
    picture = plot.memory_timeline(recorded(net, autograd.ones(4, 8)), tmp_path / "memory.png", "Short or long")
    check(picture)
    assert ("op" in words(picture.source)) == (depth == 60)


def test_a_record_of_nothing_is_refused():
    with autograd.record_memory() as record:
        autograd.ones(3).exp()
    with pytest.raises(ValueError, match="the record of a step, got one without an op"):
        plot.memory_timeline(record)
