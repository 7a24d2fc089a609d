"""The doctor looks and never touches: the same weights bit for bit, and nothing is left behind."""

import gc
import warnings
import weakref
from threading import Thread

import numpy as np
import pytest

import autograd
import nn
import nn.train
from autograd import hooks
from autograd.core import differentiate, engine
from autograd.tensors import tensor
from nn import functional as F
from nn import optim
from nn.data import DataLoader
from nn.optim.lr_scheduler import StepLR
from nn.train import doctor
from tests.doctored import moons
from tests.nn.doctor import pitfalls

WRONG, RIGHT = pitfalls.programs()
PROGRAMS = [("wrong: " + name, path, source) for name, path, source in WRONG if "form" not in name] + [
    ("mended: " + name, path, source) for name, path, source in RIGHT if "form" not in name
]


class Nobody:
    """Stands in for the doctor, and does nothing at all."""

    def __init__(self, *args, **options):
        pass

    def __enter__(self):
        return "nothing"

    def __exit__(self, *exception):
        return None


def run(path, source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pitfalls.run(path, source)


def bits(names):
    """All that a training leaves: weights, gradients, the optimizer's state and what is drawn next."""
    net, optimizer = names["net"], names["optimizer"]
    found = {name: tensor.numpy().tobytes() for name, tensor in net.state_dict().items()}
    for name, parameter in net.named_parameters():
        found["grad of " + name] = None if parameter.grad is None else parameter.grad.numpy().tobytes()
    for i, state in enumerate(optimizer.state.values()):
        for key, value in state.items():
            found[f"{key} of {i}"] = value.tobytes() if isinstance(value, np.ndarray) else value
    found["lr"] = [group["lr"] for group in optimizer.param_groups]
    found["next random number"] = autograd.rand(1).item()
    return found


@pytest.mark.parametrize(("name", "path", "source"), PROGRAMS, ids=[name for name, _, _ in PROGRAMS])
def test_a_training_ends_the_same_bit_for_bit_as_without_the_doctor(monkeypatch, name, path, source):
    watched = bits(run(path, source))
    monkeypatch.setattr(nn.train, "doctor", Nobody)
    assert bits(run(path, source)) == watched


# Nothing is left behind.


def parts():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    return net, optimizer, StepLR(optimizer, 5)


def steps(net, optimizer, scheduler, number=10):
    for _, (x, y) in zip(range(number), moons()):
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        scheduler.step()


CLASSES = [
    autograd.Tensor, nn.Module, nn.Parameter, nn.Sequential, nn.Linear, nn.ReLU, nn.Dropout, nn.BatchNorm1d,
    nn.CrossEntropyLoss, optim.Optimizer, optim.SGD, optim.lr_scheduler.LRScheduler, StepLR, DataLoader,
]  # fmt: skip
MODULES = [autograd, engine, differentiate, tensor, F, nn, optim, nn.module]


def library():
    """Every attribute of the library that others could see changed."""
    return {place.__name__: dict(vars(place)) for place in CLASSES + MODULES}


def attached(net, optimizer, scheduler):
    """What hangs on the parts of one training: hooks, and attributes of the instances."""
    leaves = [hooks.node_of(p) for p in net.parameters() if p.requires_grad]
    return {
        "modules": {name: sorted(set(vars(module)) - HOOKS) for name, module in net.named_modules()},
        "hooks": [hook for module in net.modules() for kind in HOOKS for hook in vars(module).get(kind, {}).values()],
        "gradients": [hook for node in leaves if node.hooks for hook in node.hooks.functions.values()],
        "optimizer": sorted(set(vars(optimizer)) - {"stepped"}),
        "scheduler": sorted(vars(scheduler)),
        "recording": engine.recording.get(),
        "listeners": [getattr(engine.listeners, event) for event in engine.listeners.__slots__],
        "methods": [optimizer.step, optimizer.zero_grad, scheduler.step, net.forward, net.train, net.zero_grad],
    }


HOOKS = {"_forward_hooks", "_forward_pre_hooks"}


def same_library(before):
    for place, names in library().items():
        for name, value in before[place].items():
            assert names[name] is value, f"{place}.{name} was replaced"
    for place in CLASSES:
        assert set(vars(place)) == set(before[place.__name__]), place


def test_nothing_is_left_on_the_parts_or_in_the_library():
    things = parts()
    outside, before = library(), attached(*things)
    with doctor(things[0], things[1], scheduler=things[2]):
        steps(*things)
    assert attached(*things) == before
    same_library(outside)


def broken(net, optimizer, scheduler, error):
    """The report of a training that ends in an error, and the error that arrives outside."""
    try:
        with doctor(net, optimizer, scheduler=scheduler) as report:
            steps(net, optimizer, scheduler)
            raise error
    except BaseException as arrived:
        return report, arrived


def test_nothing_is_left_after_an_error_either():
    things = parts()
    outside, before = library(), attached(*things)
    report, raised = broken(*things, KeyError("of the user"))
    assert attached(*things) == before
    same_library(outside)
    assert report.codes == []
    assert "healthy" in str(report).lower()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, ZeroDivisionError])
def test_an_error_passes_through_as_it_is_and_the_report_is_made(error):
    net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    given = error("stop")
    report, raised = broken(net, optimizer, StepLR(optimizer, 5), given)
    assert raised is given
    assert report.codes == ["softmax_before_loss"]


def step_under_no_grad(net, optimizer, x, y):
    F.cross_entropy(net(x), y).backward()
    with autograd.no_grad():
        optimizer.step()


def all_under_set_grad_enabled(net, optimizer, x, y):
    """As in PyTorch's lesson on transfer learning."""
    with autograd.set_grad_enabled(True):
        F.cross_entropy(net(x), y).backward()
        optimizer.step()


def all_under_enable_grad(net, optimizer, x, y):
    with autograd.enable_grad():
        F.cross_entropy(net(x), y).backward()
        optimizer.step()


def forward_under_enable_grad(net, optimizer, x, y):
    with autograd.enable_grad():
        loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()


def all_under_detect_anomaly(net, optimizer, x, y):
    with autograd.detect_anomaly():
        F.cross_entropy(net(x), y).backward()
        optimizer.step()


def in_a_decorated_function(net, optimizer, x, y):
    autograd.enable_grad()(all_under_enable_grad)(net, optimizer, x, y)


def in_a_thread(net, optimizer, x, y):
    worker = Thread(target=all_under_enable_grad, args=(net, optimizer, x, y))
    worker.start()
    worker.join()


MODES = [
    step_under_no_grad, all_under_set_grad_enabled, all_under_enable_grad, forward_under_enable_grad,
    all_under_detect_anomaly, in_a_decorated_function, in_a_thread,
]  # fmt: skip


@pytest.fixture
def switched_back():
    yield
    engine.recording.set(True)


@pytest.mark.usefixtures("switched_back")
@pytest.mark.parametrize("step", MODES, ids=lambda step: step.__name__)
@pytest.mark.parametrize("body", [nn.Identity, lambda: nn.Softmax(dim=1)], ids=["healthy", "softmax"])
def test_switches_of_recording_inside_the_loop_stay_what_they_are(body, step):
    """The engine records as before when the doctor has gone; and the doctor sees what happens under a switch."""
    autograd.manual_seed(0)
    net = nn.Sequential(nn.MLP(2, [16, 2]), body())
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for _, (x, y) in zip(range(40), moons()):
            optimizer.zero_grad()
            step(net, optimizer, x, y)
    assert engine.recording.get() is True
    assert report.codes == (["softmax_before_loss"] if isinstance(net[1], nn.Softmax) else []), str(report)


@pytest.mark.usefixtures("switched_back")
@pytest.mark.parametrize("switch", [autograd.no_grad, autograd.enable_grad, autograd.detect_anomaly])
def test_a_watch_inside_a_switch_leaves_it_as_it_was(switch):
    net, optimizer, scheduler = parts()
    with switch():
        before = engine.recording.get()
        with doctor(net, optimizer), autograd.enable_grad():
            steps(net, optimizer, scheduler)
        assert engine.recording.get() is before
    assert engine.recording.get() is True


def test_a_second_watch_of_the_same_training_sees_the_same():
    things = parts()
    before = attached(*things)
    reports = []
    for _ in range(2):
        with doctor(things[0], things[1]) as report:
            steps(*things)
        reports.append(report)
    assert [report.codes for report in reports] == [[], []]
    assert attached(*things) == before


def test_two_watches_at_once_do_not_disturb_each_other():
    things = parts()
    before = attached(*things)
    with doctor(things[0], things[1]) as outer:
        with doctor(things[0], things[1]) as inner:
            steps(*things)
        steps(*things)
    assert (outer.codes, inner.codes) == ([], [])
    assert attached(*things) == before


def test_hooks_of_the_user_stay_and_are_called():
    things = parts()
    net = things[0]
    calls = []
    before = net[0].register_forward_hook(lambda module, args, out: calls.append("before"))
    net[0].weight.register_hook(lambda g: calls.append("gradient"))
    with doctor(net, things[1]) as report:
        during = net[0].register_forward_hook(lambda module, args, out: calls.append("during"))
        steps(*things, number=3)
    assert calls == ["before", "during", "gradient"] * 3
    assert report.codes == []
    calls.clear()
    steps(*things, number=1)
    assert calls == ["before", "during", "gradient"]
    before.remove()
    during.remove()
    steps(*things, number=1)
    assert calls == ["before", "during", "gradient", "gradient"]


def test_a_step_that_the_user_wrapped_is_called_and_stays():
    net, optimizer, scheduler = parts()
    step, calls = optimizer.step, []

    def counted(closure=None):
        calls.append(1)
        return step(closure)

    optimizer.step = counted
    with doctor(net, optimizer):
        steps(net, optimizer, scheduler, number=3)
    assert optimizer.step is counted
    assert len(calls) == 3


def test_no_graph_outlives_its_step_because_of_the_doctor():
    net, optimizer, _ = parts()
    gc.disable()
    try:
        with doctor(net, optimizer):
            for _, (x, y) in zip(range(20), moons()):
                optimizer.zero_grad()
                loss = F.cross_entropy(net(x), y)
                loss.backward()
                optimizer.step()
                node = weakref.ref(loss.grad_fn)
                del loss
                assert node() is None
    finally:
        gc.enable()


def test_the_batches_are_not_kept():
    net, optimizer, _ = parts()
    seen = []
    with doctor(net, optimizer) as report:
        for _, (x, y) in zip(range(100), moons()):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            seen.append(weakref.ref(x.numpy()))
            del x
    gc.collect()
    assert sum(batch() is not None for batch in seen) <= 5
    assert report.codes == []


# The one mechanism in the engine: a hook that is called before every walk.


def test_a_backward_hook_is_called_with_the_roots_before_each_walk():
    w = autograd.ones(3, requires_grad=True)
    seen = []
    handle = hooks.register_backward_hook(lambda roots: seen.append((list(roots), w.grad)))
    first, second = (w * 2).sum(), (w * 3).sum()
    first.backward()
    autograd.grad([first := (w * 4).sum(), second], w)
    walker = Thread(target=(w * w).sum().backward)
    walker.start()
    walker.join()
    handle.remove()
    (w * 5).sum().backward()
    assert len(seen) == 3
    assert seen[0][1] is None, "called before any gradient"
    assert [len(roots) for roots, _ in seen] == [1, 2, 1]
    assert seen[1][0][0] is first
    assert seen[1][0][1] is second
