"""Layers and optimizers do the same when they are compiled, to the bit: with buffers, dropout and their states."""

import pytest

import autograd
import nn
from nn import optim
from tests.compiler.both_ways import Twins, tensors
from tests.nn.layers.table import ROWS
from tests.nn.optim.test_optim import SETTINGS
from tests.oracle import OURS

pytestmark = pytest.mark.long

AS_THEY_ARE = {
    "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool2d with places", "EmbeddingBag max",
    "EmbeddingBag of lengths", "Embedding by frequency", "MaxUnpool1d", "MaxUnpool2d", "Flatten", "Flatten some",
    "Unflatten",
}  # fmt: skip  # what they do with values, or with views, is told in no program


@pytest.mark.parametrize("row", [row for row in ROWS if "MaxUnpool" not in row.name], ids=repr)
@pytest.mark.parametrize("whole", [True, False], ids=["a step", "a forward pass"])
def test_a_layer_does_the_same_compiled(row, whole):
    autograd.manual_seed(0)
    net = row.make(nn)
    net = net if row.ints else net.double()

    def make(net, optimizer):
        def forward(*xs):
            first, *_ = [x for x in tensors(row.call(net, OURS, *xs)) if x.is_floating_point()]
            return first

        def step(*xs):
            net.zero_grad()
            loss = sum((x * x).mean() for x in tensors(row.call(net, OURS, *xs)) if x.is_floating_point())
            if loss.requires_grad:
                loss.backward()
            optimizer.step()
            return loss

        return step if whole and optimizer else forward

    twins = Twins(make, net, optim.Adam if list(net.parameters()) else None)
    for seed in range(5):
        ours, theirs = twins.call(*map(autograd.tensor, row.arrays("float64")), seed=seed)
        if ours.requires_grad and not (whole and twins.optimizers[0]):
            for net, out in (twins.net, ours), (twins.twin, theirs):
                net.zero_grad()
                (out * out).sum().backward()
    assert twins.compiled.compiled_calls or row.name in AS_THEY_ARE, twins.compiled.why


@pytest.mark.parametrize(("name", "options"), SETTINGS)
def test_an_optimizer_takes_the_same_steps_compiled(name, options):
    autograd.manual_seed(0)
    net = nn.MLP(5, [7, 3], activation=nn.Tanh).double()
    loss_function = nn.CrossEntropyLoss()

    def make(net, optimizer):
        def step(x, y):
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return step

    twins = Twins(make, net, lambda params: getattr(optim, name)(params, **options))
    for i in range(9):
        if i == 6:
            for optimizer in twins.optimizers:
                optimizer.param_groups[0]["lr"] *= 0.5
        twins.call(autograd.randn(8, 5, dtype=autograd.float64), autograd.randint(3, (8,)), seed=i)
    ours, theirs = (optimizer.state_dict() for optimizer in twins.optimizers)
    assert str(ours) == str(theirs)
    assert twins.compiled.compiled_calls >= 3
    assert not twins.compiled.why
