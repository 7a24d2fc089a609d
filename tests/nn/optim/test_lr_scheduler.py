"""Schedulers set the learning rates that those of torch set, epoch after epoch."""

import copy
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from nn import optim
from nn.optim.lr_scheduler import StepLR


class Decay:
    """A function of the epoch that is an object, and so has a state."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, epoch):
        return self.rate**epoch


SCHEDULERS = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda t: 1 / (1 + t)),
    "LambdaLR, one each": lambda s, o: s.LambdaLR(o, [Decay(0.97), lambda t: 1 + math.sin(t)]),
    "StepLR": lambda s, o: s.StepLR(o, 7),
    "StepLR, gamma": lambda s, o: s.StepLR(o, step_size=30, gamma=0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [30, 80]),
    "MultiStepLR, repeated": lambda s, o: s.MultiStepLR(o, milestones=[3, 3, 50, 1], gamma=0.7),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.95),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR, down": lambda s, o: s.LinearLR(o, start_factor=0.9, end_factor=0.1, total_iters=60),
    "LinearLR, to zero": lambda s, o: s.LinearLR(o, start_factor=1.0, end_factor=0.0, total_iters=10),
    "ConstantLR": lambda s, o: s.ConstantLR(o),
    "ConstantLR, longer": lambda s, o: s.ConstantLR(o, factor=0.2, total_iters=50),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda t: 1 - 1 / (t + 9)),
    "MultiplicativeLR, one each": lambda s, o: s.MultiplicativeLR(o, [Decay(0.999), lambda t: 0.95]),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o),
    "PolynomialLR, power": lambda s, o: s.PolynomialLR(o, total_iters=70, power=2.5),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 100),
    "CosineAnnealingLR, up again": lambda s, o: s.CosineAnnealingLR(o, T_max=13, eta_min=0.01),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 10),
    "CosineAnnealingWarmRestarts, longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2, eta_min=0.01),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.2, step_size_up=7),
    "CyclicLR, triangular2": lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.2, 0.3], 5, 9, "triangular2"),
    "CyclicLR, exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 8, mode="exp_range", gamma=0.98, base_momentum=0.5),
    "CyclicLR, a function": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 8, scale_fn=Decay(0.9), cycle_momentum=False),
    "CyclicLR, of the step": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 8, scale_fn=lambda t: 1 / (1 + t),
                                                     scale_mode="iterations"),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ExponentialLR(o, 0.97), s.ConstantLR(o, 0.5, 20)]),
    "ChainedScheduler, its optimizer": lambda s, o: s.ChainedScheduler([s.LinearLR(o), s.StepLR(o, 9)], optimizer=o),
    "SequentialLR, restarts": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1, 5), s.CosineAnnealingWarmRestarts(o, 4, 2), s.PolynomialLR(o, 20)], [5, 40]),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, max_lr=0.3, total_steps=100),
    "OneCycleLR, linear": lambda s, o: s.OneCycleLR(o, 0.3, total_steps=110, anneal_strategy="linear", pct_start=0.4),
    "OneCycleLR, three phases": lambda s, o: s.OneCycleLR(o, [0.3, 0.1], epochs=10, steps_per_epoch=11,
                                                          three_phase=True, div_factor=10.0, final_div_factor=100.0),
    "OneCycleLR, momentum": lambda s, o: s.OneCycleLR(o, 0.3, total_steps=100, base_momentum=[0.5, 0.6],
                                                      max_momentum=[0.8, 0.9]),
    "OneCycleLR, momentum as it is": lambda s, o: s.OneCycleLR(o, 0.3, total_steps=100, cycle_momentum=False),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, patience=3),
    "ReduceLROnPlateau, max": lambda s, o: s.ReduceLROnPlateau(o, mode="max", factor=0.5, patience=2, cooldown=4),
    "ReduceLROnPlateau, absolute": lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="abs", threshold=0.1, patience=0,
                                                                    factor=0.8, min_lr=0.01),
    "ReduceLROnPlateau, bounds": lambda s, o: s.ReduceLROnPlateau(o, "max", 0.7, 1, 0.2, "abs", 1, [0.02, 0.3], 1e-3),
    "SequentialLR": lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1, total_iters=20), s.ExponentialLR(o, 0.9)], [20]),
    "SequentialLR, three": lambda s, o: s.SequentialLR(
        o, [s.StepLR(o, 4), s.CosineAnnealingLR(o, 40, 0.01), s.MultiStepLR(o, [2, 5])], milestones=[10, 60]),
    "SequentialLR, at once": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3), s.LinearLR(o)], milestones=[0]),
}  # fmt: skip
METRICS = np.random.default_rng(0).uniform(size=101) + 1 / np.arange(1, 102)


def optimizers(name="SGD", **options):
    """An optimizer of ours and one of torch's, each with two groups of different learning rates."""
    made = []
    for m, library in ((autograd, optim), (torch, torch.optim)):
        a, b = m.ones(2, requires_grad=True), m.ones(3, requires_grad=True)
        made.append(getattr(library, name)([{"params": [a]}, {"params": [b], "lr": 0.1}], lr=0.5, **options))
    return made


def both(make, name="SGD", **options):
    """A scheduler of ours and one of torch's."""
    ours, theirs = optimizers(name, **options)
    return make(optim.lr_scheduler, ours), make(torch.optim.lr_scheduler, theirs)


def step(scheduler, epoch):
    scheduler.optimizer.step()
    scheduler.step(*[METRICS[epoch]] if hasattr(scheduler, "patience") else [])


def seen(scheduler):
    """All that a scheduler sets."""
    groups = scheduler.optimizer.param_groups
    momenta = [group.get("momentum", group.get("betas")) for group in groups]
    return np.hstack([*[group["lr"] for group in groups], *scheduler.get_last_lr(), *momenta])


def path(scheduler, start=0, stop=100):
    """What the scheduler sets in every epoch from `start` to `stop`."""
    found = [seen(scheduler)]
    for epoch in range(start, stop):
        step(scheduler, epoch)
        found.append(seen(scheduler))
    return np.array(found)


# -- parity -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
def test_a_hundred_epochs_agree_with_torch(name, optimizer):
    ours, theirs = both(SCHEDULERS[name], optimizer, **{"momentum": 0.9} if optimizer == "SGD" else {})
    np.testing.assert_allclose(path(ours), path(theirs), rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize("name", ["StepLR", "CyclicLR", "OneCycleLR", "ReduceLROnPlateau", "SequentialLR"])
def test_a_learning_rate_that_is_a_tensor_is_written_to(name):
    found = []
    for m, library in ((autograd, optim), (torch, torch.optim)):
        groups = [{"params": [m.ones(2, requires_grad=True)], "lr": m.tensor(0.1, dtype=m.float64)} for _ in range(2)]
        rates = [group["lr"] for group in groups]
        scheduler = SCHEDULERS[name](library.lr_scheduler, library.SGD(groups, momentum=0.9))
        found.append(path(scheduler))
        assert [group["lr"] for group in scheduler.optimizer.param_groups] == rates
        assert found[-1][-1][0] == rates[0].item()
    np.testing.assert_allclose(*found, rtol=1e-6, atol=1e-15)


def test_restarts_may_be_asked_for_fractions_of_an_epoch():
    found = []
    for scheduler in both(lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2)):
        lrs = []
        for epoch in [*np.arange(0, 12, 0.25), 26, None, None, 1, None]:
            scheduler.step(*[epoch] if epoch is not None else [])
            lrs.append(scheduler.get_last_lr())
        found.append(lrs)
        with pytest.raises(ValueError, match="Expected non-negative epoch, but got -1"):
            scheduler.step(-1)
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_two_schedulers_on_one_optimizer_multiply():
    ours, theirs = optimizers()
    found = []
    for optimizer, s in ((ours, optim.lr_scheduler), (theirs, torch.optim.lr_scheduler)):
        schedulers = [s.ExponentialLR(optimizer, 0.9), s.MultiStepLR(optimizer, [3, 8]), s.LinearLR(optimizer)]
        for _ in range(20):
            optimizer.step()
            for scheduler in schedulers:
                scheduler.step()
            found.append([group["lr"] for group in optimizer.param_groups])
    np.testing.assert_allclose(found[:20], found[20:], rtol=1e-9)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_schedule_interrupted_and_resumed_equals_one_without_a_break(name):
    make = SCHEDULERS[name]
    straight = path(both(make, momentum=0.9)[0])
    first, _ = both(make, momentum=0.9)
    path(first, 0, 37)
    saved = copy.deepcopy((first.optimizer.state_dict(), first.state_dict()))
    step(first, 37)
    resumed, _ = both(make, momentum=0.9)
    resumed.optimizer.load_state_dict(saved[0])
    resumed.load_state_dict(json.loads(json.dumps(saved[1])))
    np.testing.assert_array_equal(path(resumed, 37), straight[37:])


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_state_goes_to_torch_and_comes_from_there(name):
    make = SCHEDULERS[name]
    for giver, taker in ((0, 1), (1, 0)):
        first = both(make, momentum=0.9)[giver]
        path(first, 0, 37)
        second = both(make, momentum=0.9)[taker]
        second.optimizer.load_state_dict(first.optimizer.state_dict())
        second.load_state_dict(copy.deepcopy(first.state_dict()))
        np.testing.assert_allclose(path(second, 37), path(first, 37), rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize("name", ["StepLR", "MultiStepLR", "ExponentialLR", "LinearLR, down", "CosineAnnealingLR"])
def test_a_schedule_resumed_by_the_number_of_its_epoch_agrees_with_torch(name):
    found = []
    for scheduler in both(SCHEDULERS[name]):
        path(scheduler, 0, 29)
        options = {"gamma": 0.3} if hasattr(scheduler, "gamma") else {}
        if hasattr(scheduler, "T_max"):
            options["T_max"] = 50
        for key, value in {"StepLR": {"step_size": 10}, "MultiStepLR": {"milestones": [30, 40]}}.items():
            options |= value if key == name else {}
        resumed = type(scheduler)(scheduler.optimizer, last_epoch=scheduler.last_epoch, **options)
        found.append(path(resumed, 0, 50))
    np.testing.assert_allclose(*found, rtol=1e-6, atol=1e-15)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_schedules_agree_with_torch_for_any_numbers(data):
    n, share = st.integers(1, 25), st.floats(0.01, 1)
    make = data.draw(
        st.one_of(
            st.builds(lambda a, b: lambda s, o: s.StepLR(o, a, b), n, share),
            st.builds(lambda a, b: lambda s, o: s.MultiStepLR(o, a, b), st.lists(st.integers(0, 30)), share),
            st.builds(lambda a, b, c: lambda s, o: s.LinearLR(o, a, b, c), share, share, n),
            st.builds(lambda a, b: lambda s, o: s.CosineAnnealingLR(o, a, b / 10), n, share),
            st.builds(
                lambda a, b, c: lambda s, o: s.OneCycleLR(o, a, 41, pct_start=b, three_phase=c),
                share, st.floats(0.1, 0.45), st.booleans(),
            ),
            st.builds(lambda a, b, c: lambda s, o: s.ReduceLROnPlateau(o, "min", a * 0.99, b, c), share, n, share),
        )
    )  # fmt: skip
    ours, theirs = both(make, momentum=0.9)
    np.testing.assert_allclose(path(ours, 0, 40), path(theirs, 0, 40), rtol=1e-6, atol=1e-12)


# -- how they are used ------------------------------------------------------------------------------------------------


def test_schedulers_are_found_where_torch_has_them():
    assert optim.lr_scheduler.StepLR is StepLR
    assert isinstance(StepLR(optimizers()[0], 3), optim.lr_scheduler.LRScheduler)


def test_a_first_step_before_that_of_the_optimizer_warns_as_in_torch():
    for scheduler in both(SCHEDULERS["StepLR"]):
        with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
            scheduler.step()
        scheduler.step()  # once is enough


def test_a_scheduler_changes_what_the_optimizer_does():
    w = autograd.tensor([0.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    for _ in range(3):
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
        scheduler.step()
    assert w.tolist() == [-1.75]


def test_a_metric_may_be_a_tensor():
    scheduler, _ = both(lambda s, o: s.ReduceLROnPlateau(o, patience=0))
    for loss in (1.0, 2.0):
        scheduler.step(autograd.tensor(loss))
    assert scheduler.get_last_lr() == pytest.approx([0.05, 0.01])


def test_sequences_may_be_nested():
    optimizer, _ = optimizers()
    s = optim.lr_scheduler
    inner = s.SequentialLR(optimizer, [s.ExponentialLR(optimizer, 0.5), s.ExponentialLR(optimizer, 0.1)], [2])
    outer = s.SequentialLR(optimizer, [s.LambdaLR(optimizer, lambda t: 1.0), inner], [1])
    found = path(outer, 0, 5)[:, 0]
    np.testing.assert_allclose(found, [0.5, 0.5, 0.25, 0.5, 0.05, 0.005])


# -- wrong uses -------------------------------------------------------------------------------------------------------

WRONG = {
    "no optimizer": lambda s, o: s.StepLR([1], 3),
    "no optimizer for one cycle": lambda s, o: s.OneCycleLR([1], 0.1, 3),
    "no optimizer for a plateau": lambda s, o: s.ReduceLROnPlateau([1]),
    "resuming what never began": lambda s, o: s.StepLR(o, 3, last_epoch=5),
    "functions for other groups": lambda s, o: s.LambdaLR(o, [lambda t: 1]),
    "start above one": lambda s, o: s.LinearLR(o, 1.5),
    "start of zero": lambda s, o: s.LinearLR(o, 0.0),
    "negative end": lambda s, o: s.LinearLR(o, 0.5, -0.5),
    "no number of steps": lambda s, o: s.OneCycleLR(o, 0.1),
    "a factor above one": lambda s, o: s.ConstantLR(o, 1.5),
    "a factor below zero": lambda s, o: s.ConstantLR(o, -0.5),
    "a number instead of a function": lambda s, o: s.MultiplicativeLR(o, 0.5),
    "restarts in no time": lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    "restarts in less and less time": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 0),
    "a mode that is none": lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"),
    "bases for other groups": lambda s, o: s.CyclicLR(o, [0.1], 0.2),
    "no chain": lambda s, o: s.ChainedScheduler([]),
    "a number in a chain": lambda s, o: s.ChainedScheduler([s.StepLR(o, 3), 1]),
    "a plateau in a chain": lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    "a chain of two optimizers": lambda s, o: s.ChainedScheduler([s.StepLR(o, 3), s.StepLR(copy.deepcopy(o), 3)]),
    "no steps": lambda s, o: s.OneCycleLR(o, 0.1, 0),
    "steps that are no integer": lambda s, o: s.OneCycleLR(o, 0.1, epochs=1, steps_per_epoch=2.5),
    "a rise longer than all": lambda s, o: s.OneCycleLR(o, 0.1, 10, pct_start=1.5),
    "an unknown strategy": lambda s, o: s.OneCycleLR(o, 0.1, 10, anneal_strategy="sin"),
    "peaks for other groups": lambda s, o: s.OneCycleLR(o, [0.1], 10),
    "a factor of one": lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    "an unknown mode": lambda s, o: s.ReduceLROnPlateau(o, "least"),
    "an unknown threshold mode": lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="most"),
    "bounds for other groups": lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    "no schedulers": lambda s, o: s.SequentialLR(o, [], []),
    "no scheduler": lambda s, o: s.SequentialLR(o, [o.param_groups], []),
    "too many milestones": lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3)], [1]),
    "a scheduler that needs a metric": lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "a scheduler of another optimizer": lambda s, o: s.SequentialLR(o, [s.StepLR(copy.deepcopy(o), 3)], []),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_uses_raise_the_exception_of_torch(wrong):
    kinds = (TypeError, ValueError, KeyError)
    ours, theirs = optimizers()
    with pytest.raises(kinds) as expected:
        WRONG[wrong](torch.optim.lr_scheduler, theirs)
    before = copy.deepcopy([group["lr"] for group in ours.param_groups])
    with pytest.raises(expected.type):
        WRONG[wrong](optim.lr_scheduler, ours)
    assert [group["lr"] for group in ours.param_groups] == before


def test_momentum_cannot_cycle_where_there_is_none():
    for scheduler in (optim.lr_scheduler, torch.optim.lr_scheduler):
        optimizer = optimizers("Adagrad")[scheduler is torch.optim.lr_scheduler]
        with pytest.raises(ValueError, match="must support momentum or beta1"):
            scheduler.OneCycleLR(optimizer, 0.1, 10)


def test_a_cycle_does_not_go_on_after_its_end():
    for scheduler in both(lambda s, o: s.OneCycleLR(o, 0.1, 3), momentum=0.9):
        path(scheduler, 0, 3)
        with pytest.raises(ValueError, match=r"Tried to step 4 times\. The specified number of total steps is 3"):
            scheduler.step()


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing():
    scheduler, _ = both(SCHEDULERS["StepLR"])
    path(scheduler, 0, 5)
    before = copy.deepcopy(scheduler.state_dict())
    other, _ = both(SCHEDULERS["ExponentialLR"])
    with pytest.raises(ValueError, match=r"does not fit StepLR: it has no \['step_size'\]"):
        scheduler.load_state_dict(other.state_dict())
    single = optim.lr_scheduler.StepLR(optim.SGD([autograd.ones(2, requires_grad=True)]), 3)
    with pytest.raises(ValueError, match="has 1 learning rates, expected 2, one for each parameter group"):
        scheduler.load_state_dict(single.state_dict())
    assert scheduler.state_dict() == before


def test_a_sequence_is_loaded_as_a_whole_or_not_at_all():
    (first, _), (second, _) = both(SCHEDULERS["SequentialLR"]), both(SCHEDULERS["SequentialLR"])
    path(second, 0, 30)
    before, saved = copy.deepcopy(first.state_dict()), copy.deepcopy(second.state_dict())
    del saved["_schedulers"][1]["gamma"]
    with pytest.raises(ValueError, match=r"does not fit ExponentialLR: it has no \['gamma'\]"):
        first.load_state_dict(saved)
    saved["_schedulers"].pop()
    with pytest.raises(ValueError, match="has 1 schedulers, expected 2"):
        first.load_state_dict(saved)
    assert first.state_dict() == before


def test_a_group_that_came_later_is_noticed():
    scheduler, _ = both(lambda s, o: s.ReduceLROnPlateau(o, patience=0))
    scheduler.optimizer.add_param_group({"params": [autograd.ones(2, requires_grad=True)]})
    scheduler.step(1.0)
    with pytest.raises(RuntimeError, match="has 3 parameter groups, but had 2"):
        scheduler.step(2.0)
