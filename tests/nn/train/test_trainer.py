"""The Trainer does what the loop of every lesson does, and what its options say."""


import numpy as np
import pytest
import torch

import autograd
import nn
from nn import interop, optim
from nn.data import DataLoader, TensorDataset, transforms
from nn.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau, StepLR
from nn.train import MAE, R2, Accuracy, Callback, Checkpoints, EarlyStopping, Network, Trainer, evaluate, predict

X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.3).astype(np.float32)
CLASSES = (X[:, 0] * X[:, 1] > 0).astype(np.int64)


def quiet(*args, **options):
    return Trainer(*args, progress=False, **options)


def parts(seed=0, classes=False, lr=0.05):
    autograd.manual_seed(seed)
    net = nn.MLP(3, [8, 2 if classes else 1], activation=nn.Tanh)
    return net, optim.SGD(net.parameters(), lr=lr), nn.CrossEntropyLoss() if classes else nn.MSELoss()


def weights(net):
    return {name: tensor.tolist() for name, tensor in net.state_dict().items()}


def close(net, other, within):
    there = other.state_dict()
    return all(np.abs(a.numpy() - there[name].numpy()).max() < within for name, a in net.state_dict().items())


def test_it_trains_exactly_as_the_loop_of_every_lesson():
    net, optimizer, loss_function = parts()
    losses = []
    for _ in range(3):
        for x, y in DataLoader(TensorDataset(X, Y), batch_size=8, shuffle=True):
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item() * len(x))
    other, optimizer, loss_function = parts()
    history = quiet().fit(other, (X, Y), None, 3, optimizer, loss_function, batch_size=8)
    assert weights(other) == weights(net)
    assert history["loss"] == pytest.approx([sum(losses[i : i + 7]) / 50 for i in (0, 7, 14)])
    assert history["epoch"] == [1, 2, 3]
    assert history["step"] == [7, 14, 21]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(("batch", "accumulate"), [(5, 4), (4, 5), (7, 3), (1, 20)])
def test_accumulated_batches_equal_one_big_batch(batch, accumulate, reduction):
    nets = []
    for size, times in (batch * accumulate, 1), (batch, accumulate):
        net, optimizer, _ = parts(lr=0.01)
        loss = nn.MSELoss(reduction=reduction)
        data = DataLoader(TensorDataset(X, Y), size)
        quiet(accumulate=times, l1=0.01, l2=0.02, clip_norm=1.0).fit(net, data, None, 4, optimizer, loss)
        nets.append(net)
    assert close(*nets, within=1e-6)


def test_l2_is_weight_decay_and_both_penalties_are_torchs():
    decayed, _, loss = parts()
    quiet().fit(decayed, (X, Y), None, 3, optim.SGD(decayed.parameters(), lr=0.05, weight_decay=0.1), loss)
    net, optimizer, loss = parts()
    quiet(l2=0.1).fit(net, (X, Y), None, 3, optimizer, loss)
    assert close(net, decayed, within=1e-6)

    net, optimizer, loss = parts()
    twin = interop.to_torch(net)
    there = torch.optim.SGD(twin.parameters(), lr=0.05)
    for _ in range(3):
        there.zero_grad()
        penalty = sum(0.1 * w.abs().sum() + 0.02 / 2 * w.square().sum() for w in twin.parameters())
        (torch.nn.MSELoss()(twin(torch.tensor(X)), torch.tensor(Y)) + penalty).backward()
        there.step()
    quiet(l1=0.1, l2=0.02).fit(net, DataLoader(TensorDataset(X, Y), 50), None, 3, optimizer, loss)
    assert close(net, twin, within=1e-6)


@pytest.mark.parametrize("how", ["clip_norm", "clip_value"])
def test_gradients_are_clipped_as_in_torch(how):
    net, optimizer, loss = parts(lr=1.0)
    twin = interop.to_torch(net)
    clip = {"clip_norm": torch.nn.utils.clip_grad_norm_, "clip_value": torch.nn.utils.clip_grad_value_}[how]
    there = torch.optim.SGD(twin.parameters(), lr=1.0)
    for _ in range(3):
        there.zero_grad()
        torch.nn.MSELoss()(twin(torch.tensor(X)), torch.tensor(Y)).backward()
        clip(twin.parameters(), 0.01)
        there.step()
    quiet(**{how: 0.01}).fit(net, DataLoader(TensorDataset(X, Y), 50), None, 3, optimizer, loss)
    assert close(net, twin, within=1e-6)


def rates(scheduler_of, every, **options):
    net, optimizer, loss = parts(lr=0.1)
    seen = []

    class Watch(Callback):
        def on_batch_end(self, run):
            seen.append(run.lr)

    quiet(callbacks=[Watch()]).fit(
        net, DataLoader(TensorDataset(X, Y), 25), None, 3, optimizer, loss, scheduler=scheduler_of(optimizer),
        scheduler_every=every, **options,
    )  # fmt: skip
    return seen


def test_a_scheduler_is_stepped_after_an_epoch_or_a_step():
    halves = lambda optimizer: StepLR(optimizer, 1, gamma=0.5)
    assert rates(halves, "epoch") == [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    assert rates(halves, "step") == [0.1 * 0.5**i for i in range(1, 7)]
    cycle = rates(lambda optimizer: OneCycleLR(optimizer, 0.1, total_steps=6), "step")
    assert len(set(cycle)) > 3


def test_a_plateau_is_one_of_the_validation_loss():
    net, optimizer, loss = parts(lr=1e-9)
    scheduler = ReduceLROnPlateau(optimizer, patience=0, threshold=0.5)
    history = quiet().fit(net, (X, Y), (X, Y), 3, optimizer, loss, scheduler=scheduler)
    assert scheduler.best == history["valid_loss"][0]
    assert optimizer.param_groups[0]["lr"] < 1e-9 * 1.1


def test_augmentation_changes_the_training_inputs_and_no_others():
    net, optimizer, loss = parts()
    twice = transforms.Lambda(lambda x: x * 2)
    quiet(augment=twice).fit(net, (X, Y), None, 2, optimizer, loss)
    other, optimizer, loss = parts()
    quiet().fit(other, (X * 2, Y), None, 2, optimizer, loss)
    assert weights(net) == weights(other)
    trainer = quiet(augment=twice)
    trainer.fit(other, (X, Y), (X, Y), 1, optimizer, loss)
    assert trainer.history["valid_loss"][-1] == pytest.approx(trainer.evaluate((X, Y))["loss"])


def test_augmentation_may_give_arrays():
    net = nn.Sequential(nn.Flatten(), nn.Linear(3, 1))
    double = lambda x: x.numpy() * np.float32(2)
    history = quiet(augment=double).fit(net, (X, Y), None, 1, optim.SGD(net.parameters(), lr=0.0), nn.MSELoss())
    assert history["loss"] == pytest.approx([evaluate(net, (2 * X, Y), nn.MSELoss())["loss"]])


def test_training_and_validation_are_measured():
    net, optimizer, loss = parts(classes=True)
    trainer = quiet(metrics=[Accuracy()])
    history = trainer.fit(net, (X, CLASSES), (X[:20], CLASSES[:20]), 30, optimizer, loss, batch_size=5)
    assert set(history.columns) == {
        "epoch", "step", "lr", "loss", "accuracy", "valid_loss", "valid_accuracy", "seconds",
    }  # fmt: skip
    read = trainer.predict(X[:20]).argmax(dim=1).numpy()
    assert history[-1]["valid_accuracy"] == (read == CLASSES[:20]).mean()
    assert trainer.predict(X, batch_size=7).shape == (50, 2)
    assert predict(net, X[:0]).shape == (0, 2)

    net, optimizer, loss = parts()
    row = quiet(metrics=[MAE(), R2()]).fit(net, (X, Y), (X, Y), 60, optimizer, loss)[-1]
    assert row["valid_r2"] > 0.95
    assert row["valid_mae"] < 0.5


def test_a_batch_may_have_several_inputs():
    class Sum(nn.Module):
        def __init__(self):
            self.a, self.b = nn.Linear(3, 1), nn.Linear(3, 1)

        def forward(self, x, z):
            return self.a(x) + self.b(z)

    net = Sum()
    history = quiet().fit(net, (X, 2 * X, Y), None, 20, optim.Adam(net.parameters(), 0.05), nn.MSELoss())
    assert history["loss"][-1] < history["loss"][0] / 2


def test_a_batch_may_have_several_targets():
    both = lambda output, target: sum(nn.MSELoss()(output, part) for part in target)
    nets = []
    for batch, accumulate in (5, 3), (15, 1):
        net, optimizer, _ = parts()
        data = DataLoader([(x, (y, y + 1)) for x, y in zip(X, Y, strict=True)], batch)
        history = quiet(accumulate=accumulate).fit(net, data, data, 2, optimizer, both)
        nets.append((net, history["valid_loss"][-1]))
    assert close(nets[0][0], nets[1][0], 1e-6)
    assert nets[0][1] == pytest.approx(nets[1][1], rel=1e-5)


def test_a_generator_serves_one_epoch():
    data = lambda: ((autograd.tensor(X[i : i + 5]), autograd.tensor(Y[i : i + 5])) for i in range(0, 50, 5))
    assert fit(train=data(), valid=data(), epochs=1)[-1]["step"] == 10
    for given in ({"train": data()}, {"valid": data()}):
        with pytest.raises(ValueError, match="a generator gives its batches once, not in each of 2 epochs"):
            fit(epochs=2, **given)


def test_a_doctor_and_checkpoints_do_not_disturb_each_other(tmp_path, capsys):
    for folder, watched in ("a", True), ("b", False):
        net, optimizer, loss = parts()
        trainer = quiet(tmp_path / folder, callbacks=[Checkpoints(every_steps=1)], doctor=watched)
        scheduler = StepLR(optimizer, 2, gamma=0.5)
        trainer.fit(net, (X, Y), (X, Y), 3, optimizer, loss, scheduler=scheduler)
    assert "validation samples are also in the training data" in capsys.readouterr().out.lower()
    a, b = (nn.load(tmp_path / folder / "checkpoints" / "step-00000006.safetensors")["parts"] for folder in "ab")
    assert str(a) == str(b)


def test_before_fit_there_is_no_run_to_show():
    for ask in (lambda t: t.run, lambda t: t.history, lambda t: t.evaluate((X, Y)), lambda t: t.predict(X)):
        with pytest.raises(RuntimeError, match="nothing has been trained yet: call fit first"):
            ask(quiet())


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"accumulate": 0}, "accumulate, batches in a step, to be 1 or more, given 0"),
        ({"clip_norm": 0.0}, "clip_norm to be above 0, or None"),
        ({"clip_value": -1.0}, "clip_value to be above 0"),
        ({"l1": -1.0}, "l1 to be 0 or above"),
        ({"l2": float("nan")}, "l2 to be 0 or above, given nan"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Trainer(**options)


def fit(callbacks=(), **changed):
    net, optimizer, loss = parts()
    given = {"model": net, "train": (X, Y), "epochs": 1, "optimizer": optimizer, "loss": loss, **changed}
    return quiet(callbacks=callbacks).fit(**given)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": ["accuracy"]}, r"expected a Metric, such as Accuracy\(\), given 'accuracy'"),
        ({"metrics": [Accuracy]}, "given <class '.*Accuracy'>"),
        ({"callbacks": [EarlyStopping]}, r"expected a Callback, such as EarlyStopping\(\), given <class"),
    ],
)
def test_what_is_no_metric_or_callback_is_refused(options, message):
    with pytest.raises(TypeError, match=message):
        Trainer(**options)


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"model": "net"}, TypeError, "model to be an nn.Module, given str"),
        ({"optimizer": None}, TypeError, r"given NoneType: optimizer=optim.Adam\(model.parameters\(\)\)"),
        ({"loss": None}, TypeError, r"given NoneType: loss=nn.MSELoss\(\)"),
        ({"epochs": 0}, ValueError, "epochs to be 1 or more, given 0"),
        ({"epochs": 2.5}, ValueError, "epochs to be 1 or more, given 2.5"),
        ({"scheduler_every": "batch"}, ValueError, "'epoch' or 'step', given 'batch'"),
        ({"scheduler_every": "step"}, ValueError, "needs a scheduler"),
        ({"scheduler": StepLR(parts()[1], 1)}, ValueError, "belongs to another optimizer"),
        ({"train": (X, Y[:3])}, ValueError, "tensors of the same length"),
        ({"train": X}, TypeError, r"batches \(\*inputs, target\), given a batch of Tensor"),
        ({"train": (X,)}, TypeError, "given a batch of 1 part"),
        ({"train": DataLoader([{"x": 1.0, "y": 2.0}])}, TypeError, "given a batch of dict: .* collate_fn"),
        ({"loss": nn.MSELoss(reduction="none")}, ValueError, "reduction 'mean' or 'sum', given 'none'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(changed, error, message):
    with pytest.raises(error, match=message):
        fit(**changed)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping(mode="low"), "mode 'min' or 'max', given 'low'"),
        (lambda: EarlyStopping(patience=0), "patience, in epochs, to be 1 or more"),
        (lambda: EarlyStopping(min_delta=-1), "min_delta to be 0 or above"),
        (lambda: Checkpoints(keep=0), "keep, checkpoints to keep, to be 1 or more"),
        (lambda: Checkpoints(every_steps=0), "every_steps to be 1 or more, or None"),
        (lambda: fit([EarlyStopping()]), "give fit.. validation data"),
        (lambda: fit([Checkpoints()]), "no folder to save to"),
    ],
)
def test_callbacks_that_cannot_work_say_so(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# -- as the first lesson writes it ------------------------------------------------------------------------------------


def test_a_network_is_built_and_trained_line_by_line(capsys):
    autograd.manual_seed(0)
    network = Network().add(nn.Linear(3, 16)).add(nn.Tanh()).add(nn.Linear(16, 2))
    history = network.train(X, CLASSES, epochs=60, lr=0.03, metrics=[Accuracy()])
    assert history["accuracy"][-1] > 0.9
    assert len(capsys.readouterr().out.splitlines()) == 60
    assert network.eval() is network
    assert not network.training
    assert network.train().training
    numbers = Network().add(nn.Linear(3, 1))
    assert numbers.train(X, Y, epochs=80, lr=0.1, progress=False)["loss"][-1] < 1e-3
