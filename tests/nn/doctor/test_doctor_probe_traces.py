"""The probe is made on a copy and leaves no trace; where it would, it is not made, and the report says why."""

import io
import random
import sys
import warnings

import numpy as np
import pytest

import autograd
import nn
from autograd import hooks
from autograd.core import engine
from nn import functional as F
from nn import optim
from nn.train import doctor
from tests.doctored import classify, fit, moons
from tests.nn.doctor.test_doctor_probe import PROBED, Net, flat, open_codes

# -- what is not probed -----------------------------------------------------------------------------------------------


class Fails(Net):
    def forward(self, x):
        if not self.training:
            raise ValueError("only for training")
        return super().forward(x)


class Reads(Net):
    def forward(self, x):
        with open(__file__):
            return super().forward(x)


LOG = io.StringIO()


class Writes(Net):
    def forward(self, x):
        LOG.write("called\n")
        return super().forward(x)


class Locked(Net):
    def __init__(self, between):
        super().__init__(between)
        self.lock = iter_of_files()


def iter_of_files():
    return (part for part in ("a", "b"))


class Boxed:
    def __init__(self, x):
        self.x = x


class Unboxes(Net):
    def forward(self, box):
        return super().forward(box.x)


def unboxed():
    net = Unboxes(lambda net, h: h)
    return fit(net, lambda x, y: F.cross_entropy(net(Boxed(x)), y), moons(), steps=5)


NOT_PROBED = {
    "a call in evaluation mode failed: ValueError: only for training": lambda: classify(Fails(lambda n, h: h), steps=5),
    "its code calls open()": lambda: classify(Reads(lambda n, h: h), steps=5),
    "its code uses a StringIO outside of it": lambda: classify(Writes(lambda n, h: h), steps=5),
    "it cannot be copied: TypeError: cannot pickle": lambda: classify(Locked(lambda n, h: h), steps=5),
    "no call of the model was seen with arguments that are tensors and plain values": unboxed,
}


@pytest.mark.parametrize("reason", NOT_PROBED)
def test_what_is_not_probed_is_said_with_the_reason(reason):
    LOG.seek(LOG.truncate(0))
    report = NOT_PROBED[reason]()
    assert open_codes(report) >= PROBED
    assert reason in flat(report)
    assert LOG.getvalue() in ("", "called\n" * 5)


# -- no trace ---------------------------------------------------------------------------------------------------------

COUNT, SEEN, PLACES = 0, [], {"calls": 0, "inputs": []}
NOISE, SOURCE = autograd.Generator(3), np.random.default_rng(3)


class Meter:
    def __init__(self):
        self.sums = {"n": 0}

    def update(self, n):
        self.sums["n"] += n


METER = Meter()


def note(x):
    SEEN.append(len(x))
    METER.update(len(x))


class Busy(nn.Module):
    """Leaves a trace wherever it can."""

    made = 0

    def __init__(self):
        self.first, self.norm, self.second = nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)
        self.calls, self.kept, self.last = 0, [], None
        self.register_buffer("steps", autograd.zeros(1))

    def forward(self, x, *, scale=1.0):
        global COUNT
        COUNT += 1
        Busy.made += 1
        self.calls += 1
        self.steps += 1
        note(x)
        PLACES["calls"] += 1
        PLACES["inputs"].append(float(x.sum().item()))
        print("forward", self.calls)
        print("to stderr", file=sys.stderr)
        warnings.warn("called", stacklevel=1)
        noise = autograd.randn(1).item() + random.random() + np.random.rand() + SOURCE.random()
        noise += autograd.randn(1, generator=NOISE).item()
        x += 0.0 * noise
        self.last = self.norm(self.first(x))
        self.kept.append(self.last.detach())
        return self.second(self.last.relu()) * scale


def state_of(net):
    return {
        "weights": {name: t.numpy().tobytes() for name, t in net.state_dict().items()},
        "grads": [None if p.grad is None else p.grad.numpy().tobytes() for p in net.parameters()],
        "modes": [module.training for module in net.modules()],
        "attributes": (net.calls, len(net.kept), id(net.last)),
        "outside": (COUNT, Busy.made, list(SEEN), repr(PLACES), METER.sums["n"]),
        "next numbers": (
            autograd.default_generator.get_state(), random.getstate(), repr(np.random.get_state()),
            SOURCE.bit_generator.state, NOISE.get_state(),
        ),
        "recording": engine.recording.get(),
        "listeners": [getattr(engine.listeners, event) for event in engine.listeners.__slots__],
    }  # fmt: skip


def test_the_probe_leaves_no_trace(capsys):
    autograd.manual_seed(0)
    net, calls, states = Busy(), [], []
    net.first.register_forward_hook(lambda module, args, out: calls.append(len(args[0])))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    watch = doctor(net, optimizer)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        report = watch.__enter__()
        for _, (x, y) in zip(range(8), moons()):
            optimizer.zero_grad()
            F.cross_entropy(net(x, scale=2.0), y).backward()
            optimizer.step()
        before, printed = state_of(net), capsys.readouterr()
        watch.__exit__(None, None, None)
        states.append(state_of(net))
    after = states[0]
    before["listeners"] = after["listeners"]  # the watch's own are gone
    assert after == before
    assert (printed.out.count("forward"), calls, len(warned)) == (8, [20] * 8, 8)
    assert capsys.readouterr() == ("", "")
    assert "samples_mixed: the model draws random numbers in evaluation mode" in flat(report)
    assert "dropout_in_eval" not in open_codes(report)


def test_other_observers_hear_nothing_of_a_healthy_model():
    heard = []

    class Observer:
        def recorded(self, node, inputs, out):
            heard.append(node.op.name)

    net = nn.MLP(2, [16, 2])
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    watch = doctor(net, optimizer)
    watch.__enter__()
    x, y = next(moons())
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
    end = hooks.observe(Observer())
    watch.__exit__(None, None, None)
    end()
    assert heard == []
