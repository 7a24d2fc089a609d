"""A loss or a gradient that is not finite ends a run before the weights are lost, and names where it began."""

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from nn.data import Subset, TensorDataset
from nn.train import Trainer, find_lr

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X.sum(1, keepdims=True)


def network():
    autograd.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Tanh(), nn.Linear(8, 1))


def fit(net, loss, data=(X, Y), lr=0.1, **options):
    with np.errstate(all="ignore"):
        return Trainer(progress=False, **options).fit(net, data, None, 5, optim.SGD(net.parameters(), lr=lr), loss)


def log_of_difference(out, target):
    return autograd.log(out - out.min()).mean()  # the line


def root_of_zero(out, target):
    return (out * 0).abs().sqrt().mean()  # the line


@pytest.mark.parametrize(("loss", "op"), [(log_of_difference, "log made -inf"), (root_of_zero, "gradient of sqrt")])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_the_first_op_and_its_line_are_named(loss, op, accumulate):
    line = loss.__code__.co_firstlineno + 1
    with pytest.raises(FloatingPointError, match=rf"in step 1 \(epoch 1\).*{op}.*test_not_finite\.py:{line}"):
        fit(network(), loss, accumulate=accumulate)


def test_the_weights_are_those_before_the_step():
    net = network()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    with pytest.raises(FloatingPointError):
        fit(net, root_of_zero)
    assert all(bool((tensor == before[name]).all()) for name, tensor in net.state_dict().items())


def test_the_step_is_computed_again_with_the_same_random_numbers():
    """One unit of the dropout is never off in what is computed again, and the NaN shows again."""

    class Rare(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.calls = nn.Parameter(autograd.ones(1)), []

        def forward(self, x):
            self.calls.append(drawn := autograd.rand(1).item())
            return (x.sum(1, keepdim=True) * self.weight * 0 + (-1.0 if drawn > 0.8 else 1.0)).log()

    net = Rare()
    autograd.manual_seed(0)
    with pytest.raises(FloatingPointError, match="log made nan"):
        fit(net, nn.MSELoss())
    assert net.calls[-1] == net.calls[-2] > 0.8


def test_a_gap_in_the_data_is_named():
    x = X.copy()
    x[7, 1] = np.nan
    with pytest.raises(FloatingPointError, match="the inputs of this batch hold nan at index"):
        fit(network(), nn.MSELoss(), (x, Y))
    y = Y.copy()
    y[3] = np.inf
    with pytest.raises(FloatingPointError, match="the targets of this batch hold inf at index"):
        fit(network(), nn.MSELoss(), (X, y))


def test_weights_that_were_lost_before_are_named():
    net = network()
    with autograd.no_grad():
        net[3].bias.fill_(np.nan)
    with pytest.raises(FloatingPointError, match=r"the parameter '3\.bias' holds nan"):
        fit(net, nn.MSELoss())


def test_float16_leaves_out_the_step_instead():
    assert len(fit(network(), root_of_zero, amp="float16")) == 5


def test_a_range_test_ends_where_the_loss_does():
    net = network()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    found = find_lr(net, (X, Y), optimizer, nn.MSELoss(), lowest=1.0, highest=1e12, steps=40)
    assert 2 < len(found.rows) < 40


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.CrossEntropyLoss()])
def test_the_optimizer_of_another_model_is_refused(loss):
    net, other = network(), network()
    with pytest.raises(ValueError, match="the optimizer has none of the model's parameters"):
        Trainer(progress=False).fit(net, (X, Y), None, 1, optim.SGD(other.parameters(), lr=0.1), loss)


class Named(TensorDataset):
    def __init__(self, *classes):
        super().__init__(X, np.arange(len(X)) % 2)
        self.classes = classes


@pytest.mark.parametrize("wrapped", [lambda data: data, lambda data: Subset(data, list(range(20)))])
def test_classes_that_are_numbered_differently_are_refused(wrapped):
    net = nn.Linear(3, 3)
    train, valid = Named("cat", "dog", "emu"), wrapped(Named("cat", "emu"))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="1 is 'dog' in the training data and 'emu' in the validation data"):
        Trainer(progress=False).fit(net, train, valid, 1, optimizer, nn.CrossEntropyLoss())
    assert Trainer(progress=False).fit(net, train, wrapped(train), 1, optimizer, nn.CrossEntropyLoss())
