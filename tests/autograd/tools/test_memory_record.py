"""The record of a step: every array from the op that made it to the last one that it was there for."""

import tracemalloc

import pytest

import autograd
import nn
from autograd import record_memory
from autograd.hooks import observe
from autograd.tools.memory_record import KINDS
from nn import functional as F
from tests.traced import array_bytes

NETS = {
    "perceptron": (lambda: nn.MLP(20, [30, 30, 5]), (16, 20)),
    "convolution": (
        lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, track_running_stats=False), nn.ReLU(),
                              nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(), nn.Linear(36, 5)), (16, 1, 8, 8)),
    "transformer": (
        lambda: nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, 0.1, batch_first=True), nn.Flatten(),
                              nn.Linear(24, 5)), (16, 3, 8)),
}  # fmt: skip


class Counted:
    """What tracemalloc says of arrays after every op."""

    def __init__(self):
        self.bytes = []

    def recorded(self, node, inputs, out):
        self.bytes.append(array_bytes())

    def pulled(self, node, g, gradients):
        self.bytes.append(array_bytes())


def step(net, x, target, optimizer=None):
    """A training step; the `record` of it, and what tracemalloc counted."""
    with record_memory(net, optimizer) as record:
        counted = Counted()
        end = observe(counted)
        try:
            F.cross_entropy(net(x), target).backward()
        finally:
            end()
        if optimizer is not None:
            optimizer.step()
            optimizer.zero_grad()
    return record, counted.bytes


def one(name):
    make, shape = NETS[name]
    return make(), autograd.randn(*shape), autograd.randint(0, 5, shape[:1])


@pytest.mark.parametrize("name", NETS)
def test_what_was_there_at_every_op_is_what_tracemalloc_counts(name):
    net, x, target = one(name)
    step(net, x, target)
    net.zero_grad()
    record, counted = step(net, x, target)
    made = [sum(b.nbytes for b in record.buffers if b.born and b.alive(i)) for i in range(1, len(record.events))]
    assert len(counted) == len(made) > 6
    assert made == counted
    before = sum(b.nbytes for b in record.buffers if not b.born)
    assert record.live[:-1] == [before, *(size + before for size in made)]


def test_each_op_has_a_name_a_phase_and_a_module():
    net = nn.Sequential(nn.Linear(20, 30), nn.Tanh(), nn.Sequential(nn.Linear(30, 5)))
    optimizer = nn.optim.Adam(net.parameters())
    x, target = autograd.randn(16, 20), autograd.randint(0, 5, (16,))
    record, _ = step(net, x, target, optimizer)
    assert [event[:3] for event in record.events] == [
        ("linear", "forward", "0"), ("tanh", "forward", "1"), ("linear", "forward", "2.0"),
        ("cross_entropy", "forward", ""), ("cross_entropy", "backward", ""), ("linear", "backward", "2.0"),
        ("tanh", "backward", "1"), ("linear", "backward", "0"), ("step", "step", ""),
        ("end", "end", ""),
    ]  # fmt: skip
    kinds = {kind: [b for b in record.buffers if b.kind == kind] for kind in KINDS}
    assert [b.op for b in kinds["parameter"]] == ["0.weight", "0.bias", "2.0.weight", "2.0.bias"]
    assert sorted(b.nbytes for b in kinds["gradient"]) == sorted(p.nbytes for p in net.parameters())
    assert all(6 <= b.born <= 9 and b.died == 9 for b in kinds["gradient"])  # cleared after the step
    assert sum(b.nbytes for b in kinds["state"]) == 2 * sum(p.nbytes for p in net.parameters())
    assert [b.nbytes for b in kinds["input"]] == [x.nbytes, target.nbytes]
    activations = {(b.op, b.path): (b.born, b.died) for b in record.buffers if b.kind == "activation"}
    assert activations == {("linear", "0"): (1, 2), ("tanh", "1"): (2, 7), ("linear", "2.0"): (3, 5)}


def test_the_peak_has_a_place_and_parts():
    x = autograd.ones(1000, requires_grad=True)
    with record_memory() as record:
        ((x * 2) * x).sum().backward()
    assert record.peak == max(record.peaks) >= max(record.live) >= 12000
    assert record.at(3) == {"parameter": 0, "state": 0, "input": 4000, "activation": 8000, "gradient": 0, "flow": 0}
    first, *rest = repr(record).splitlines()
    assert first.startswith(f"peak: {record.peak:,} bytes, at ")
    assert sum(int(line.split()[1].replace(",", "")) for line in rest) <= record.peak


def test_what_an_op_takes_and_gives_back_is_measured():
    x = autograd.randn(1000, 10, requires_grad=True)
    with record_memory() as record:
        F.cross_entropy(x, autograd.zeros(1000, dtype=autograd.int64))
    assert record.events[0].op == "cross_entropy"
    assert record.events[0].temporary > x.nbytes


def test_gradients_of_steps_before_are_there_from_the_beginning():
    net, x, target = one("perceptron")
    step(net, x, target)
    record, _ = step(net, x, target)
    kept = [b for b in record.buffers if b.kind == "gradient" and b.born == 0]
    assert [b.nbytes for b in kept] == [p.nbytes for p in net.parameters()]
    assert all(b.died is None for b in kept)


def test_a_mask_that_a_function_makes_is_made_when_the_function_runs():
    x = autograd.ones(100, requires_grad=True)
    with record_memory() as record:
        F.dropout(x * 1, 0.5)
    assert all(b.born for b in record.buffers if b.kind == "activation")
    assert sum(b.kind == "input" for b in record.buffers) == 1  # x


def test_afterwards_nobody_listens_or_traces_and_the_model_has_no_hooks():
    net, x, target = one("perceptron")
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        step(net, x[:, :3], target)
    assert not tracemalloc.is_tracing()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())
    record, _ = step(net, x, target)
    events = len(record.events)
    F.cross_entropy(net(x), target).backward()
    assert len(record.events) == events


def test_it_leaves_a_trace_of_the_users_running():
    tracemalloc.start()
    try:
        step(*one("perceptron"))
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_it_is_entered_once():
    with record_memory() as record:
        autograd.ones(1, requires_grad=True).exp()
    with pytest.raises(RuntimeError, match="entered once"), record:
        pass
