"""The recorder: what it keeps of a training, how little, and that training is the same with it."""

import contextlib
import copy

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from nn.histogram import SAMPLE, histogram
from nn.train import Checkpoints, Recorder, Trainer

X = np.random.default_rng(0).normal(size=(48, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def model(*sizes, seed=0):
    autograd.manual_seed(seed)
    return nn.Sequential(nn.MLP(4, [*(sizes or (8,)), 2]), nn.Dropout(0.2))


def fit(recorder, epochs=3, net=None, out=None, resume=False, more=()):
    net = net or model()
    callbacks = [*([recorder] if recorder else []), *more]
    trainer = Trainer(out, callbacks=callbacks, progress=False)
    loss = nn.CrossEntropyLoss()
    history = trainer.fit(net, (X, Y), None, epochs, optim.Adam(net.parameters()), loss, batch_size=16, resume=resume)
    return net, [row["loss"] for row in history.rows]


def same(a, b):
    pairs = ((p.numpy(force=True), q.numpy(force=True)) for p, q in zip(a, b, strict=True))
    return all(np.array_equal(p, q, equal_nan=True) for p, q in pairs)


def hooks(net):
    return [module for module in net.modules() if module._forward_hooks]


# The histogram.


@pytest.mark.parametrize("size", [7, SAMPLE, SAMPLE + 1, 100_000])
def test_a_histogram_counts_all_numbers_or_a_sample_from_all_over_the_array(size):
    x = np.random.default_rng(size).normal(size=size).astype(np.float32)
    h = histogram(x, 20)
    assert (len(h.counts), h.counts.sum(), h.size) == (20, min(size, SAMPLE), size)
    np.testing.assert_allclose([h.norm, h.magnitude], [np.linalg.norm(x), np.abs(x).mean()], rtol=1e-4)
    x = x.astype(float)
    expected, _ = np.histogram(x.clip(h.low, h.high), 20, (h.low, h.high))
    np.testing.assert_allclose(h.counts / h.counts.sum(), expected / size, atol=0 if size < 100 else 0.02)


def test_a_histogram_of_a_row_or_column_that_differs_sees_it():
    x = np.zeros((512, 64))
    x[:, 3] = 1
    assert 0.9 < histogram(x).zeros < 1
    assert 0.9 < histogram(x.T).zeros < 1


def test_one_far_number_does_not_take_the_bins_of_the_others():
    x = np.append(np.linspace(-1, 1, 1000), 1e6)
    assert histogram(x).high < 2e5
    assert histogram(x).counts.sum() == 1001


def test_what_is_not_finite_is_counted_and_the_rest_is_still_a_histogram():
    h = histogram([1.0, 2.0, np.nan, np.inf, -np.inf])
    assert (h.nan, h.inf, h.low, h.high, h.counts.sum()) == (1, 2, 1, 2, 2)
    assert len(histogram([np.nan] * 3).counts) == 0
    assert len(histogram(np.zeros((0, 3))).counts) == 0
    assert histogram(np.full(3, 1e30, np.float32)).norm == pytest.approx(3**0.5 * 1e30)
    assert histogram([2.0, 2.0]).counts.sum() == 2
    assert histogram(np.array([1, 2, 3], np.int8)).norm == pytest.approx(14**0.5)


# What is recorded.


def test_the_rows_hold_the_weights_gradients_updates_and_activations_of_their_step():
    net, seen = model(), []
    recorder, optimizer, loss = Recorder(every=2), optim.SGD(net.parameters(), 0.1), nn.CrossEntropyLoss()
    with recorder.watch(net):
        for _ in range(5):
            optimizer.zero_grad()
            before = net[0][0].weight.numpy(force=True).copy()
            loss(net(autograd.from_numpy(X)), autograd.from_numpy(Y)).backward()
            optimizer.step()
            seen.append((before, net[0][0].weight.numpy(force=True).copy(), net[0][0].weight.grad.numpy().copy()))
            recorder.end_step()
    assert recorder.steps == [1, 3, 5]
    assert list(recorder.weights) == list(recorder.gradients) == list(recorder.updates) == ["0.0.weight", "0.2.weight"]
    assert list(recorder.activations) == ["0.0", "0.1", "0.2", "1"]
    for row, step in enumerate(recorder.steps):
        before, after, grad = seen[step - 1]
        name = "0.0.weight"
        np.testing.assert_allclose(recorder.weights[name][row].norm, np.linalg.norm(after), rtol=1e-5)
        np.testing.assert_allclose(recorder.gradients[name][row].magnitude, np.abs(grad).mean(), rtol=1e-5)
        ratio = np.linalg.norm(after - before) / np.linalg.norm(before)
        np.testing.assert_allclose(recorder.updates[name][row], ratio, rtol=1e-4)
    assert all(0.2 < h.zeros < 0.8 and h.low == 0 for h in recorder.activations["0.1"])


def test_the_rows_are_bounded_and_evenly_apart_however_long_training_lasts():
    net, recorder = model(), Recorder(every=1, rows=8)
    with recorder.watch(net):
        for step in range(1, 200):
            recorder.end_step()
            assert len(recorder.steps) <= 8
            assert step < 8 or len(recorder.steps) >= 4
    assert (recorder.steps, recorder.every) == (list(range(1, 200, 32)), 32)
    assert all(len(column) == len(recorder.steps) for column in recorder._columns())


def test_a_missing_gradient_an_uncalled_layer_and_an_evaluation_are_told_apart():
    net = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    recorder = Recorder(every=1)
    with recorder.watch(net):
        recorder.end_step()
        net.eval()
        net(autograd.from_numpy(X))
        recorder.end_step()
    assert recorder.gradients["0.weight"] == recorder.activations["1"] == [None, None]


def test_layers_are_chosen_by_name_and_a_norm_is_recorded_by_its_parameters():
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.LSTM(3, 2))
    recorder = Recorder(layers=["1", "2"])
    with recorder.watch(net):
        net(autograd.from_numpy(X))
        recorder.end_step()
    assert list(recorder.weights) == ["1.weight", "1.bias", "2.weight_ih_l0", "2.weight_hh_l0"]
    assert recorder.activations["2"][0].size == 96  # the first tensor of what an LSTM returns
    unknown = Recorder(layers=["7"]).watch(net)
    with pytest.raises(ValueError, match="the model has no module '7', only 0, 1, 2"):
        unknown.__enter__()
    assert not hooks(net)


@pytest.mark.parametrize("options", [{"every": 0}, {"rows": 1}, {"bins": 1}, {"snapshots": 1}, {"snapshots": -1},
                                     {"layers": "0"}, {"every": 2.5}])  # fmt: skip
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=f"Recorder: expected .*{next(iter(options))}"):
        Recorder(**options)


def test_a_recorder_that_watches_nothing_says_what_to_write():
    for method in (Recorder().end_step, Recorder().end_epoch):
        with pytest.raises(RuntimeError, match=r"write `with recorder\.watch\(model\):`"):
            method()


# Nothing else changes.


def test_training_is_the_same_bit_for_bit():
    (plain, losses), (recorded, others) = fit(None), fit(Recorder(every=1, snapshots=4))
    assert losses == others
    assert same(plain.parameters(), recorded.parameters())
    after = autograd.default_generator.get_state()
    fit(None)
    assert after == autograd.default_generator.get_state()


def test_no_hook_is_left_between_rows_nor_at_the_end_nor_after_an_error():
    net, recorder = model(), Recorder(every=10)
    counts = []
    with contextlib.suppress(ZeroDivisionError), recorder.watch(net):
        for _ in range(11):
            counts.append(len(hooks(net)))
            recorder.end_step()
        raise ZeroDivisionError
    assert counts == [4, *[0] * 9, 4]
    assert not hooks(net)

    class Fails(nn.train.Callback):
        def on_epoch_start(self, run):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fit(recorder, net=net, more=[Fails()])
    assert not hooks(net)


def test_a_copy_of_the_model_records_nothing():
    net, recorder = model(), Recorder()
    with recorder.watch(net):
        copy.deepcopy(net)(autograd.from_numpy(X))
        recorder.end_step()
    assert recorder.activations["0.0"] == [None]


def test_a_resumed_run_is_the_same_and_its_record_goes_on(tmp_path):
    straight = Recorder(every=2, snapshots=8)
    whole, losses = fit(straight, 4)
    recorder = Recorder(every=2, snapshots=8)
    fit(recorder, 2, out=tmp_path, more=[Checkpoints()])
    resumed = copy.deepcopy(model())
    recorder.model = resumed  # the same session
    net, others = fit(recorder, 4, resumed, tmp_path, True, [Checkpoints()])
    assert others == losses
    assert same(whole.parameters(), net.parameters())
    assert recorder.steps == straight.steps == [1, 3, 5, 7, 9, 11]
    assert [(c.epoch, c.loss) for c in recorder.copies[1:]] == [(c.epoch, c.loss) for c in straight.copies[1:]]
    late = Recorder(every=2)
    fit(late, 6, model(), tmp_path, True, [Checkpoints()])
    assert late.steps == [13, 15, 17]


def test_another_fit_begins_another_record():
    recorder = Recorder(every=1, rows=4, snapshots=3)
    fit(recorder, 5)
    fit(recorder, 1)
    assert (recorder.steps, recorder.every, [c.epoch for c in recorder.copies]) == ([1, 2, 3], 1, [0, 1])


# Snapshots.


def test_snapshots_are_copies_of_the_state_from_before_training_to_its_end():
    recorder = Recorder(snapshots=4)
    net, losses = fit(recorder, 9)
    assert [c.epoch for c in recorder.copies] == [0, 4, 8, 9]
    assert recorder.copies[0].loss is None
    assert [c.loss for c in recorder.copies[1:]] == [losses[3], losses[7], losses[8]]
    assert same(recorder.copies[0].state.values(), model().state_dict().values())
    assert same(recorder.copies[-1].state.values(), net.state_dict().values())


@pytest.mark.parametrize("most", [2, 3, 5, 40])
def test_the_copies_are_bounded_in_number_and_in_memory(most):
    net, recorder = nn.Linear(100, 100), Recorder(snapshots=most, snapshot_bytes=40_400 * 5)
    with recorder.watch(net):
        for epoch in range(30):
            recorder.end_epoch(epoch)
            assert len(recorder.copies) <= min(most, 5)
    assert (recorder.copies[0].epoch, recorder.copies[-1].epoch) == (0, 30)
    tight = Recorder(snapshots=2, snapshot_bytes=50_000)
    with pytest.raises(ValueError, match="a copy of the model takes 40,400 bytes, and snapshot_bytes=50,000 holds no"):
        tight.on_fit_start(nn.train.Run(net, None, None, [], None, 1))
    assert not hooks(net)
