"""Mixed precision in training: the scaler is torch's, an overflow is survived, and the Trainer knows what to do."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

import autograd
import nn
from nn import optim
from nn.optim.lr_scheduler import StepLR
from nn.train import Callback, Checkpoints, Trainer
from nn.train.amp import GradScaler, autocast
from nn.utils import clip_grad_norm_, clip_grad_value_

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype(np.float32)
CLASSES = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
HALVES = ("float16", "bfloat16")


@pytest.mark.parametrize("half", HALVES)
def test_it_is_named_by_the_dtype(half):
    with autocast(half):
        assert (autograd.ones(2, 2) @ autograd.ones(2, 2)).dtype == getattr(autograd, half)
        with autocast(half, enabled=False):
            assert (autograd.ones(2, 2) @ autograd.ones(2, 2)).dtype == np.float32
    for bad in ("float32", "cpu", np.int16):
        with pytest.raises(ValueError, match="expected dtype to be 'float16' or 'bfloat16', given"):
            autocast(bad)


# -- the scaler -------------------------------------------------------------------------------------------------------


class Side:
    """One parameter, its optimizer and a scaler, of one library."""

    def __init__(self, m, optim, scaler):
        self.m, self.scaler = m, scaler
        self.w = m.tensor([1.0, 2.0], requires_grad=True)
        self.optimizer = optim.SGD([self.w], lr=0.5)

    def backward(self, slope):
        self.optimizer.zero_grad()
        self.scaler.scale((self.w * self.m.tensor(slope)).sum()).backward()


OPTIONS = {"init_scale": 8.0, "growth_factor": 4.0, "backoff_factor": 0.25, "growth_interval": 3}


def sides(**options):
    ours = Side(autograd, optim, GradScaler("cpu", **OPTIONS | options))
    return ours, Side(torch, torch.optim, torch.amp.GradScaler("cpu", **OPTIONS | options))


def test_scale_weights_and_state_go_as_in_torch():
    ours, theirs = sides()
    for i in range(20):
        slope = [1.0, math.inf if i in (4, 5, 11) else math.nan if i == 16 else 0.25]
        for side in (ours, theirs):
            side.backward(slope)
            if i % 2:
                side.scaler.unscale_(side.optimizer)
            side.made = side.scaler.step(side.optimizer)
            side.scaler.update(2.0 if i == 13 else None)
        assert ours.scaler.state_dict() == theirs.scaler.state_dict()
        assert ours.w.tolist() == theirs.w.tolist()
        assert ours.made is (i not in (4, 5, 11, 16))
    again = GradScaler()
    again.load_state_dict(theirs.scaler.state_dict())
    assert again.state_dict() == theirs.scaler.state_dict()


def test_the_scale_does_not_grow_beyond_float32():
    for side in sides(init_scale=2.0**127, growth_interval=1):
        side.backward([1e-30, 1e-30])
        side.scaler.step(side.optimizer)
        side.scaler.update()
        assert side.scaler.get_scale() == 2.0**127


def test_all_that_can_be_scaled_is_scaled():
    scaler = GradScaler(init_scale=4.0)
    x = autograd.ones(2)
    assert [t.tolist() for t in scaler.scale([x, 2 * x])] == [[4, 4], [8, 8]]
    assert isinstance(scaler.scale((x, [x])), tuple)
    assert [t.tolist() for t in scaler.scale(t for t in (x,))] == [[4, 4]]
    assert scaler.scale(x.to(autograd.float16)).dtype == np.float16
    with pytest.raises(ValueError, match="outputs must be a Tensor or an iterable of Tensors"):
        scaler.scale(3)


def twice(side, *names):
    side.backward([1.0, 1.0])
    for name in names:
        getattr(side.scaler, name)(*[side.optimizer] * (name != "update"))


MISUSE = {
    "nothing scaled": lambda side: side.scaler.step(side.optimizer),
    "nothing scaled before unscale_": lambda side: side.scaler.unscale_(side.optimizer),
    "nothing scaled before update": lambda side: side.scaler.update(),
    "two steps": lambda side: twice(side, "step", "step"),
    "unscaled twice": lambda side: twice(side, "unscale_", "unscale_"),
    "unscaled after the step": lambda side: twice(side, "step", "unscale_"),
    "no step": lambda side: twice(side, "update"),
    "a closure": lambda side: (side.backward([1.0, 1.0]), side.scaler.step(side.optimizer, closure=lambda: 1)),
    "no gradients": lambda side: (side.scaler.scale(side.m.ones(1)), side.scaler.step(side.optimizer)),
    "the state of one that was off": lambda side: side.scaler.load_state_dict({}),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_raises_what_torch_raises(name):
    ours, theirs = sides()
    with pytest.raises(Exception) as expected:  # noqa: PT011  (whatever torch's is)
        MISUSE[name](theirs)
    with pytest.raises(expected.type) as found:
        MISUSE[name](ours)
    assert str(found.value) == str(expected.value)


def test_factors_on_the_wrong_side_of_1_are_refused():
    for options in ({"growth_factor": 1.0}, {"backoff_factor": 1.0}):
        with pytest.raises(AssertionError, match=r"factor must be [<>] 1\.0"):
            sides(**options)


def test_gradients_in_float16_are_refused():
    w = autograd.ones(2, dtype=autograd.float16, requires_grad=True)
    scaler = GradScaler(init_scale=2.0)
    scaler.scale(w.sum()).backward()
    with pytest.raises(ValueError, match="Attempting to unscale FP16 gradients"):
        scaler.unscale_(optim.SGD([w], lr=0.1))
    assert w.grad.tolist() == [2, 2]


def test_one_that_is_off_changes_nothing():
    scaler, w = GradScaler(enabled=False), autograd.ones(1, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    scaler.scale(w.sum()).backward()
    scaler.unscale_(optimizer)
    assert (scaler.step(optimizer), scaler.update(), w.item()) == (True, None, 0.5)
    assert scaler.step(optimizer, lambda: 7) == 7
    assert (scaler.state_dict(), scaler.get_scale(), scaler.is_enabled()) == ({}, 1.0, False)


def test_two_optimizers_are_judged_apart():
    scaler = GradScaler(init_scale=2.0)
    a, b = (autograd.ones(1, requires_grad=True) for _ in range(2))
    one, other = optim.SGD([a], lr=1.0), optim.SGD([b], lr=1.0)
    scaler.scale(a.sum() + (b * math.inf).sum()).backward()
    assert (scaler.step(one), scaler.step(other)) == (True, False)
    scaler.update()
    assert (a.item(), b.item(), scaler.get_scale()) == (0, 1, 1)


CLIPS = {"norm": lambda w: clip_grad_norm_([w], 1.0), "value": lambda w: clip_grad_value_(w, 1.0)}


@pytest.mark.parametrize("clip", CLIPS)
def test_clipping_comes_after_unscaling_or_raises(clip):
    (side, _), sizes = sides(), []
    side.backward([3.0, 4.0])
    CLIPS[clip](side.w)
    said = r"multiplied by the scale, 8: call scaler\.unscale_\(optimizer\) before"
    for call in (side.scaler.unscale_, side.scaler.step):
        with pytest.raises(RuntimeError, match=said):
            call(side.optimizer)
    assert side.w.tolist() == [1, 2]
    for _ in range(2):  # what was clipped before the loss was scaled does not matter
        side.scaler.update(8.0)
        side.backward([3.0, 4.0])
        side.scaler.unscale_(side.optimizer)
        assert side.w.grad.tolist() == [3, 4]
        CLIPS[clip](side.w)
        sizes.append(side.w.grad.abs().max().item())
        assert side.scaler.step(side.optimizer) is True
    assert max(sizes) <= 1


def test_an_overflow_in_float16_is_survived():
    autograd.manual_seed(0)
    net = nn.MLP(4, [16, 2], activation=nn.ReLU)
    optimizer, scaler = optim.SGD(net.parameters(), lr=0.5), GradScaler(init_scale=2.0**40, growth_interval=4)
    made, losses, scales = [], [], []
    for _ in range(60):
        optimizer.zero_grad()
        with autocast("float16"):
            loss = nn.functional.cross_entropy(net(autograd.tensor(X)), autograd.tensor(CLASSES))
        before = [p.tolist() for p in net.parameters()]
        scaler.scale(loss).backward()
        made.append(scaler.step(optimizer))
        scaler.update()
        losses.append(loss.item())
        scales.append(scaler.get_scale())
        assert (before == [p.tolist() for p in net.parameters()]) is not made[-1]
    assert not any(made[:10])
    assert sum(made) > 30
    assert scales[9] == 2.0**30
    assert any(b > a for a, b in pairwise(scales))
    assert losses[-1] < 0.8 * losses[0]


def test_without_a_scale_small_gradients_are_lost():
    w, x = autograd.ones(1, 1, requires_grad=True), autograd.ones(1, 1)
    found = []
    for scaler in (GradScaler(enabled=False), GradScaler()):
        w.grad = None
        with autocast("float16"):
            out = x @ w
        scaler.scale(out.float().sum() * 1e-9).backward()
        scaler.unscale_(optim.SGD([w], lr=1.0))
        found.append(w.grad.item())
    assert found[0] == 0
    assert found[1] == pytest.approx(1e-9, rel=1e-2)


# -- the Trainer ------------------------------------------------------------------------------------------------------


class Watch(Callback):
    def __init__(self, stop_at=None):
        self.rates, self.stop_at = [], stop_at

    def on_batch_end(self, run):
        self.rates.append(run.lr)
        if run.step == self.stop_at:
            raise ZeroDivisionError

    def state_dict(self):
        return {}


def training(amp, folder=None, watch=None, resume=False, scale=None, **options):
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    watch = watch or Watch()
    callbacks = [watch] if folder is None else [watch, Checkpoints(every_steps=1)]
    trainer = Trainer(folder, callbacks=callbacks, progress=False, amp=amp, **options)
    if scale:
        watch.on_fit_start = lambda run: trainer.precision.scaler.load_state_dict(
            {**trainer.precision.scaler.state_dict(), "scale": scale}
        )
    history = trainer.fit(
        net, (X, CLASSES), (X, CLASSES), 3, optimizer, nn.CrossEntropyLoss(), scheduler=StepLR(optimizer, 1, 0.5),
        scheduler_every="step", batch_size=20, resume=resume,
    )  # fmt: skip
    return {name: tensor.tolist() for name, tensor in net.state_dict().items()}, history, watch


@pytest.mark.parametrize("half", HALVES)
def test_it_trains_nearly_as_in_float32(half):
    there, _, _ = training(None, clip_norm=1.0, l2=0.01)
    here, history, watch = training(half, clip_norm=1.0, l2=0.01)
    assert here != there
    for name, values in here.items():
        assert np.allclose(values, there[name], atol=3e-2), name
    assert watch.rates == [0.01 * 0.5**k for k in range(1, 10)]
    assert ("loss_scale" in history[-1]) is (half == "float16")


def test_a_step_left_out_does_not_move_the_schedule_and_is_counted():
    _, history, watch = training("float16", scale=2.0**40)
    skipped = int(history[-1]["skipped_steps"])
    assert 0 < skipped <= 9
    assert watch.rates[:skipped] == [0.01] * skipped
    assert watch.rates[-1] == 0.01 * 0.5 ** (9 - skipped)
    assert history[-1]["loss_scale"] == 2.0 ** (40 - skipped)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("step", [1, 3, 5, 8])
def test_it_resumes_exactly(half, step, tmp_path):
    undisturbed, rows, _ = training(half, tmp_path / "a")
    with pytest.raises(ZeroDivisionError):
        training(half, tmp_path / "b", Watch(step))
    resumed, again, _ = training(half, tmp_path / "b", resume=True)
    assert resumed == undisturbed
    assert [{**row, "seconds": 0} for row in again] == [{**row, "seconds": 0} for row in rows]


@pytest.mark.parametrize(("before", "after"), [(None, "float16"), ("float16", "bfloat16"), ("bfloat16", None)])
def test_it_does_not_resume_in_another_dtype(before, after, tmp_path):
    with pytest.raises(ZeroDivisionError):
        training(before, tmp_path, Watch(2))
    with pytest.raises(nn.FileError, match=f"trained with amp='{before or 'none'}', and this run has amp="):
        training(after, tmp_path, resume=True)


def test_another_amp_is_refused():
    with pytest.raises(ValueError, match="expected amp to be 'float16', 'bfloat16' or None, given 'fp16'"):
        Trainer(amp="fp16")


def test_gradients_that_are_never_finite_are_said_once():
    broken = X.copy()
    broken[0] = math.nan
    net = nn.Linear(4, 2)
    before = net.weight.tolist()
    trainer = Trainer(progress=False, amp="float16")
    with pytest.warns(UserWarning, match="the scale of the loss fell below 1") as caught:
        trainer.fit(net, (broken, CLASSES), None, 30, optim.SGD(net.parameters(), lr=0.1), nn.CrossEntropyLoss(),
                    batch_size=60)  # fmt: skip
    assert (len(caught), net.weight.tolist(), trainer.row["skipped_steps"]) == (1, before, 30)
