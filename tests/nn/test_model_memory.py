"""`summary(memory=True)`: what a training step takes, module by module, is what tracemalloc counts."""

import pytest

import autograd
import nn
from nn import optim
from tests.traced import tracing


def transformer():
    return nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, 0.1, batch_first=True), nn.Flatten(), nn.Linear(24, 5))


def convolution():
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(),
                         nn.Linear(36, 5))  # fmt: skip


NETS = {
    "perceptron": (lambda: nn.MLP(20, [30, 30, 5]), (16, 20)),
    "convolution": (convolution, (16, 1, 8, 8)),
    "transformer": (transformer, (16, 3, 8)),
    "recurrent": (lambda: nn.LSTM(8, 6, batch_first=True), (4, 5, 8)),
}
OPTIMIZERS = {
    "plain SGD": lambda ps: optim.SGD(ps, lr=0.1),
    "SGD with momentum": lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9),
    "Adam": lambda ps: optim.Adam(ps),
    "RMSprop": lambda ps: optim.RMSprop(ps),
}


def run(net, x):
    """The sum of what a network returns, which keeps nothing of it."""
    out = net(x)
    return (out[0] if isinstance(out, tuple) else out).sum()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", NETS)
def test_the_account_of_a_step_is_exact_to_the_byte(name, optimizer):
    make, shape = NETS[name]
    x = autograd.randn(*shape)
    twin = make()
    told = nn.summary(twin, x, memory=True, optimizer=OPTIMIZERS[optimizer](twin.parameters()))
    run(twin, x).backward()
    with tracing() as more:
        net = make()
        steps = OPTIMIZERS[optimizer](net.parameters())
        assert more() == told.parameter_bytes + told.buffer_bytes
        net(x)
        held = more()
        loss = run(net, x)
        assert more() - held == told.activation_bytes > 0
        loss.backward()
        assert more() - held == told.gradient_bytes > 0
        steps.step()
        assert more() - held == told.gradient_bytes + told.state_bytes
        assert (told.state_bytes == 0) == (optimizer == "plain SGD")


def test_every_module_has_its_part():
    net = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 5))
    net[0].bias.requires_grad_(False)
    told = nn.summary(net, autograd.ones(16, 20), memory=True, optimizer=optim.Adam(net.parameters()))
    rows = {row.path: (row.bytes, row.gradients, row.state, row.activations) for row in told.rows}
    assert rows == {"": (0, 0, 0, 0), "0": (2520, 2400, 4800, 0), "1": (0, 0, 0, 1920), "2": (620, 620, 1240, 0)}
    assert str(told).splitlines()[:7] == [
        "module       output    parameters  bytes  gradients  state  activations",
        "-----------------------------------------------------------------------",
        "Sequential   (16, 5)            0      0          0      0            0",
        "  0: Linear  (16, 30)         630  2,520      2,400  4,800            0",
        "  1: ReLU    (16, 30)           0      0          0      0        1,920",
        "  2: Linear  (16, 5)          155    620        620  1,240            0",
        "-----------------------------------------------------------------------",
    ]
    assert str(told).splitlines()[7:-1] == [
        "785 parameters, 755 of them trainable: 3,140 bytes",
        "gradients: 3,020 bytes",
        "state of the optimizer: 6,040 bytes",
        "saved activations: 1,920 bytes",
    ]
    page = told._repr_html_()
    assert all(f'<th class="number">{name}</th>' in page for name in ("gradients", "state", "activations"))
    assert str(told).splitlines()[-1].startswith(f"peak of a step: {told.peak_bytes:,} bytes, at ")


def test_the_peak_is_that_of_the_whole_step():
    net, x = nn.Sequential(nn.Linear(200, 300), nn.ReLU(), nn.Linear(300, 5)), autograd.ones(1000, 200)
    told = nn.summary(net, x, memory=True, optimizer=optim.Adam(net.parameters()))
    assert told.activation_bytes == 1_200_000
    kept = told.parameter_bytes + told.state_bytes + told.input_bytes + told.activation_bytes
    flowing = 2 * 1_200_000 + 300_000 + 3 * 20_000  # before and behind the ReLU, its mask; the outputs, their gradients
    assert kept + flowing < told.peak_bytes < kept + flowing + 30_000
    assert told.record.where == "relu of 1, backward"


def test_the_model_the_optimizer_and_the_random_state_are_left_as_they_were():
    net = convolution()
    steps = optim.Adam(net.parameters())
    x = autograd.randn(16, 1, 8, 8)
    run(net, x).backward()
    steps.step()
    autograd.manual_seed(0)
    wanted = autograd.rand(3).tolist()
    autograd.manual_seed(0)
    before = {key: value.tolist() for key, value in net.state_dict().items()}
    gradients = [(p.grad, p.grad.tolist()) for p in net.parameters()]
    state = {p: {key: id(value) for key, value in kept.items()} for p, kept in steps.state.items()}
    nn.summary(net, x, memory=True, optimizer=steps)
    assert autograd.rand(3).tolist() == wanted
    assert {key: value.tolist() for key, value in net.state_dict().items()} == before
    assert all(p.grad is g and g.tolist() == value for p, (g, value) in zip(net.parameters(), gradients, strict=True))
    assert {p: {key: id(value) for key, value in kept.items()} for p, kept in steps.state.items()} == state
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())


def test_a_model_in_evaluation_or_without_gradients_saves_less_or_nothing():
    net, x = convolution(), autograd.randn(16, 1, 8, 8)
    training = nn.summary(net, x, memory=True).activation_bytes
    assert 0 < nn.summary(net.eval(), x, memory=True).activation_bytes < training
    told = nn.summary(net.requires_grad_(False), x, memory=True)
    assert told.activation_bytes == told.gradient_bytes == 0
    assert told.peak_bytes >= told.parameter_bytes


def test_without_memory_nothing_of_it_is_told():
    told = nn.summary(nn.Linear(3, 2), autograd.ones(1, 3))
    assert told.record is None
    assert told.peak_bytes == told.activation_bytes == 0
    assert "gradients" not in str(told)


def test_an_optimizer_that_cannot_be_accounted_for_is_refused():
    net, x = nn.Linear(3, 2), autograd.ones(1, 3)
    with pytest.raises(ValueError, match="memory=True, got memory=False"):
        nn.summary(net, x, optimizer=optim.Adam(net.parameters()))
    with pytest.raises(ValueError, match="2 parameters that are not the model's"):
        nn.summary(net, x, memory=True, optimizer=optim.Adam(nn.Linear(3, 2).parameters()))
    with pytest.raises(ValueError, match="LBFGS keeps is known after its first step"):
        nn.summary(net, x, memory=True, optimizer=optim.LBFGS(net.parameters()))
