"""Linear layers with nothing in between, dropout, and sigmoids in a row: where they are a mistake, and where not."""

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from tests.doctored import classify, endless, fit, healthy, line, moons


class By(nn.Module):
    """A model by its layers and a function of them and x."""

    def __init__(self, forward, **layers):
        self.forward_of = forward
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.forward_of(self, x)


def digits(net, steps=150, **options):
    return classify(net, steps=steps, batches=endless(*datasets.digits().tensors), **options)


def curve(net, steps=150):
    x = autograd.linspace(-2, 2, 100).unsqueeze(1)
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, x**2 - 1), steps=steps)


# A linear layer straight into another.


def bottleneck():
    return digits(nn.Sequential(nn.Linear(64, 8), nn.Linear(8, 10)))


def adapted_layer():
    """LoRA: a frozen layer, and beside it one of rank 4."""
    frozen = nn.Linear(64, 64).requires_grad_(False)
    return digits(
        By(
            lambda m, x: m.head((m.frozen(x) + m.up(m.down(x))).relu()),
            frozen=frozen, down=nn.Linear(64, 4, bias=False), up=nn.Linear(4, 64, bias=False), head=nn.Linear(64, 10),
        )
    )  # fmt: skip


def attention_after_an_embedding_of_rows():
    """Linear, then the projections of an attention; then a head on what comes out for the first row."""
    return digits(
        By(
            lambda m, x: m.head(
                m.attention(*[m.embed(x.reshape(-1, 8, 8))] * 3, need_weights=False)[0][:, 0]
            ),
            embed=nn.Linear(8, 16), attention=nn.MultiheadAttention(16, 2, batch_first=True), head=nn.Linear(16, 10),
        )
    )  # fmt: skip


def attention_by_hand():
    def forward(m, x):
        h = m.embed(x.reshape(-1, 8, 8))
        weights = (m.q(h) @ m.k(h).transpose(1, 2) / 4).softmax(2)
        return m.head(m.out(weights @ m.v(h)).mean(1))

    layers = {name: nn.Linear(16, 16) for name in ("q", "k", "v", "out")}
    return digits(By(forward, embed=nn.Linear(8, 16), head=nn.Linear(16, 10), **layers))


def tied_weights():
    """An autoencoder whose decoder is the transpose of its encoder."""
    x, _ = datasets.digits().tensors
    net = By(lambda m, x: (m.encoder(x) @ m.encoder.weight) + m.bias, encoder=nn.Linear(64, 64))
    net.bias = nn.Parameter(autograd.zeros(64))
    return fit(net, lambda x: F.mse_loss(net(x), x), endless(x), steps=100)


def encoder_with_a_head_on_its_last_layer():
    encoder = nn.MLP(64, [64, 64, 32])
    return digits(nn.Sequential(encoder, nn.Linear(32, 10)))


def convolutions_with_two_layers_behind():
    convolution = nn.Conv2d(1, 8, 3, padding=1)
    return digits(
        nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)), convolution, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 32),
            nn.Linear(32, 10),
        )
    )  # fmt: skip


def recurrent_with_two_layers_behind():
    return digits(
        By(
            lambda m, x: m.head(m.hidden(m.lstm(x.reshape(-1, 8, 8))[0][:, -1])),
            lstm=nn.LSTM(8, 16, batch_first=True), hidden=nn.Linear(16, 16), head=nn.Linear(16, 10),
        )
    )  # fmt: skip


def embedding_with_a_projection():
    tokens = autograd.randint(0, 20, (300,))
    net = nn.Sequential(nn.Embedding(20, 8), nn.Linear(8, 16), nn.Linear(16, 20))
    return classify(net, steps=150, batches=endless(tokens, (7 * tokens + 3) % 20))


def two_heads():
    """A value and a policy, as it were, of one layer."""
    heads = {"body": nn.Linear(3, 8), "first": nn.Linear(8, 1), "second": nn.Linear(8, 1)}
    net = By(lambda m, x: [m.first(h := m.body(x)), m.second(h)], **heads)

    def loss_of(x, y):
        first, second = net(x)
        return F.mse_loss(first, y) + F.mse_loss(second, -y)

    x, y = line()
    return fit(net, loss_of, endless(x, y.tanh()))


def a_linear_function_of_linear_layers():
    """Nothing is missing where a line is all there is to learn."""
    x, y = line()
    net = nn.Sequential(nn.Linear(3, 16), nn.Linear(16, 1))
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), steps=300)


FINE = [
    bottleneck, adapted_layer, attention_after_an_embedding_of_rows, attention_by_hand, tied_weights,
    encoder_with_a_head_on_its_last_layer, convolutions_with_two_layers_behind, recurrent_with_two_layers_behind,
    embedding_with_a_projection, two_heads, a_linear_function_of_linear_layers,
]  # fmt: skip


@pytest.mark.parametrize("training", FINE, ids=lambda training: training.__name__)
def test_linear_layers_that_follow_each_other_with_good_reason_are_healthy(training):
    healthy(training, seeds=(0, 1))


def products(m, x):
    return (x @ m.first + m.bias) @ m.second


def weights_by_hand():
    net = By(products)
    net.first, net.second = nn.Parameter(autograd.randn(1, 16)), nn.Parameter(0.1 * autograd.randn(16, 1))
    net.bias = nn.Parameter(autograd.zeros(16))
    return net


@pytest.mark.parametrize(
    "net",
    [
        weights_by_hand,
        lambda: nn.Sequential(nn.Linear(1, 16), nn.Unflatten(1, (4, 4)), nn.Flatten(), nn.Linear(16, 1)),
        lambda: nn.Sequential(nn.Linear(1, 8), nn.Dropout(0.1), nn.Linear(8, 8), nn.Identity(), nn.Linear(8, 1)),
    ],
    ids=["by hand", "views in between", "dropout in between"],
)
def test_a_missing_activation_is_found_whatever_its_form(net):
    autograd.manual_seed(0)
    report = curve(net())
    assert report.codes == ["linear_into_linear"], str(report)


def test_an_activation_after_the_first_of_four_layers_is_not_enough():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 1))
    report = fit(net, lambda x: F.mse_loss(net(x), (3 * x).sin()), endless(3 * autograd.randn(200, 1)), steps=100)
    assert report.codes == ["linear_into_linear"], str(report)
    assert "2 of the 3 hidden layers" in report.findings[0].evidence


# Dropout.


def test_much_dropout_in_a_network_that_is_wide_enough_is_healthy():
    def training():
        return digits(nn.Sequential(nn.Linear(64, 1024), nn.ReLU(), nn.Dropout(0.85), nn.Linear(1024, 10)), 300)

    healthy(training, seeds=(0,))


def test_a_mask_that_is_no_dropout_is_not_taken_for_one():
    def masked(m, x):
        return m.head(m.hidden(x).relu() * (autograd.rand(32) > 0.9).float() * 10.0)

    autograd.manual_seed(0)
    assert "dropout_too_high" not in digits(By(masked, hidden=nn.Linear(64, 32), head=nn.Linear(32, 10))).codes


@pytest.mark.parametrize("dropout", [nn.Dropout, nn.Dropout1d, nn.AlphaDropout], ids=lambda kind: kind.__name__)
def test_every_kind_of_dropout_is_known(dropout):
    autograd.manual_seed(0)
    view = nn.Unflatten(1, (32, 1)), nn.Flatten()
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), view[0], dropout(0.9), view[1], nn.Linear(32, 10))
    report = digits(net, 200)
    assert report.codes == ["dropout_too_high"], str(report)
    assert f"{dropout.__name__} 3 has p=0.9" in report.findings[0].evidence


def test_dropout_in_a_short_training_is_left_open():
    autograd.manual_seed(0)
    report = digits(nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.9), nn.Linear(32, 10)), 20)
    assert report.codes == []
    assert [line for line in report.unchecked if line.startswith("dropout_too_high: 20 steps")]


# Sigmoids in a row.


@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.Tanh], ids=lambda kind: kind.__name__)
def test_three_layers_that_learn_are_healthy(activation):
    healthy(lambda: digits(nn.MLP(64, [32, 32, 32, 10], activation=activation), 400), seeds=(0,))


def test_one_sigmoid_that_learns_nothing_yet_is_no_vanishing_gradient():
    autograd.manual_seed(0)
    net = nn.MLP(2, [8, 2], activation=nn.Sigmoid)
    report = classify(net, optim.SGD(net.parameters(), lr=0.001), 150, moons())
    assert report.codes == ["lr_too_low"]  # all steps together lead nowhere: the rate is to blame


def sums(net, steps=60, loss_of=F.mse_loss, n=200):
    """Train a net of 3 inputs on the line."""
    x, y = line(n)
    return fit(net, lambda x, y: loss_of(net(x), y), endless(x, y), steps=steps)


@pytest.mark.parametrize(
    ("dropout", "loss_of"),
    [
        (nn.Dropout(0.5), F.mse_loss),
        (nn.Dropout(0.1), F.l1_loss),
        (nn.Dropout(0.5), lambda out, y: (out - y).square().mean()),
        (nn.Dropout(0.5), lambda out, y: F.binary_cross_entropy_with_logits(out, (y > 0).float())),
    ],
    ids=["squares", "p=0.1", "by hand", "logits"],
)
def test_dropout_before_the_loss_is_found(dropout, loss_of):
    autograd.manual_seed(0)
    report = sums(nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1), dropout), loss_of=loss_of)
    assert report.codes == ["dropout_after_last_layer"], str(report)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [nn.Dropout(0.3), nn.Linear(16, 1)],
        lambda: [nn.Linear(16, 1), nn.Dropout(0.0)],
        lambda: [nn.Linear(16, 8), nn.Dropout(0.3), nn.ReLU(), nn.Linear(8, 1)],
    ],
    ids=["before the last layer", "p=0", "between"],
)
def test_dropout_elsewhere_is_healthy(layers):
    healthy(lambda: sums(nn.Sequential(nn.Linear(3, 16), nn.ReLU(), *layers()), steps=100), seeds=(0, 1))


# The momentum of batch norm.


def normed(momentum, batch_size=32, n=200, **options):
    x, y = line(n)
    net = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16, momentum=momentum, **options), nn.ReLU(), nn.Linear(16, 1))
    report = fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y, batch_size=batch_size), steps=60)
    return net, report


@pytest.mark.parametrize(
    "options",
    [
        {"momentum": 0.1},
        {"momentum": None},
        {"momentum": 0.5},
        {"momentum": 0.99, "batch_size": 256, "n": 1000},
        {"momentum": 0.99, "batch_size": 200},
        {"momentum": 1.0, "track_running_stats": False},
    ],
    ids=str,
)
def test_a_momentum_that_does_no_harm_is_healthy(options):
    healthy(lambda: normed(**options)[1], seeds=(0,))


def test_statistics_that_are_estimated_anew_under_no_grad_are_healthy():
    def training():
        x, y = line()
        net = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))

        def anew(loss):
            net[1].momentum = 1.0
            with autograd.no_grad():
                net[1](net[0](x))
            net[1].momentum = 0.1

        return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), steps=60, after=anew)

    healthy(training, seeds=(0,))


@pytest.mark.parametrize("momentum", [0.9, 0.999, 1.0])
def test_a_momentum_that_leaves_nothing_of_the_past_is_found(momentum):
    autograd.manual_seed(0)
    assert normed(momentum)[1].codes == ["batch_norm_momentum"]
