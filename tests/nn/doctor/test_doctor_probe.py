"""The probe at the end: the same batch twice, and its second half alone."""

import numpy as np
import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from nn.train import doctor
from tests.doctored import classify, endless, fit, line, moons

PROBED = {"dropout_in_eval", "samples_mixed"}


def flat(report):
    return " ".join(str(report).split())


def probed(report):
    return [code for code in report.codes if code in PROBED]


def open_codes(report):
    return {text.partition(":")[0] for text in report.unchecked}


class Net(nn.Module):
    """Two layers, and what a test puts between them."""

    def __init__(self, between, inputs=2, hidden=16, outputs=2):
        self.first, self.second = nn.Linear(inputs, hidden), nn.Linear(hidden, outputs)
        self.between = between

    def forward(self, x):
        return self.second(self.between(self, self.first(x).relu()))


def trained(between, steps=30, **options):
    autograd.manual_seed(0)
    return classify(Net(between, **options), steps=steps)


# -- dropout ----------------------------------------------------------------------------------------------------------

LEFT_ON = {
    "no training=": lambda net, h: F.dropout(h, 0.5),
    "training=True": lambda net, h: F.dropout(h, 0.1, training=True),
    "in place": lambda net, h: F.dropout(2 * h, 0.3, inplace=True),
    "whole channels": lambda net, h: F.dropout1d(h.unsqueeze(2), 0.3).squeeze(2),
    "alpha": lambda net, h: F.alpha_dropout(h, 0.3, training=True),
    "a layer made in forward": lambda net, h: nn.Dropout(0.5)(h),
    "attention": lambda net, h: F.scaled_dot_product_attention(
        h.unsqueeze(1), h.unsqueeze(1), h.unsqueeze(1), dropout_p=0.2
    ).squeeze(1),
    "and noise": lambda net, h: F.dropout(h + 0.1 * autograd.randn(h.shape), 0.3),
}
OFF = {
    "training=": lambda net, h: F.dropout(h, 0.5, training=net.training),
    "under if": lambda net, h: F.dropout(h, 0.5) if net.training else h,
    "p=0": lambda net, h: F.dropout(h, 0.0),
    "noise that is meant": lambda net, h: h + 0.1 * autograd.randn(h.shape),
    "a mask by hand": lambda net, h: h * (autograd.rand(h.shape) > 0.1).float(),
    "NumPy's noise": lambda net, h: h + autograd.tensor(np.random.normal(size=h.shape).astype(np.float32)),
}


@pytest.mark.parametrize("way", LEFT_ON)
def test_dropout_that_stays_on_in_evaluation_is_found_with_its_line(way):
    report = trained(LEFT_ON[way])
    assert probed(report) == ["dropout_in_eval"], report
    assert "test_doctor_probe.py:" in flat(report)
    assert "samples_mixed: the model draws random numbers in evaluation mode" in flat(report)


@pytest.mark.parametrize("way", OFF)
def test_other_random_numbers_and_dropout_that_knows_its_mode_are_no_mistake(way):
    assert probed(trained(OFF[way])) == []


def test_dropout_that_is_kept_on_by_the_models_own_eval_is_meant():
    class Bayesian(nn.Sequential):
        """Gal and Ghahramani (2016): dropout goes on in evaluation."""

        def eval(self):
            super().eval()
            self[1].train()
            return self

    net = Bayesian(nn.Linear(2, 16), nn.Dropout(0.1), nn.Linear(16, 2))
    assert probed(classify(net, steps=30)) == []


def test_a_variational_autoencoder_may_draw():
    class VAE(nn.Module):
        def __init__(self):
            self.encode, self.decode = nn.Linear(8, 4), nn.Linear(2, 8)

        def forward(self, x):
            mean, log_var = self.encode(x).chunk(2, dim=1)
            z = mean + (0.5 * log_var).exp() * autograd.randn(mean.shape)
            return self.decode(z), mean, log_var

    net = VAE()

    def loss_of(x):
        out, mean, log_var = net(x)
        return F.mse_loss(out, x) - 0.01 * (1 + log_var - mean**2 - log_var.exp()).mean()

    assert probed(fit(net, loss_of, endless(autograd.randn(100, 8)), steps=30)) == []


# -- samples ----------------------------------------------------------------------------------------------------------


class Recurrent(nn.Module):
    def __init__(self, kind=nn.LSTM, **options):
        self.rnn, self.head = kind(3, 8, **options), nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


class Viewed(nn.Module):
    """`view` where the axes are to be exchanged."""

    def __init__(self, exchange):
        self.rnn, self.head, self.exchange = nn.GRU(3, 8), nn.Linear(8, 2), exchange

    def forward(self, x):
        return self.head(self.rnn(self.exchange(x))[0][-1])


class Tokens(nn.Module):
    def __init__(self, **options):
        self.words, self.rnn, self.head = nn.Embedding(10, 4), nn.RNN(4, 8, **options), nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.rnn(self.words(x))[0][:, -1])


def sequences(net, tokens=False):
    x = autograd.randint(0, 10, (120, 6)) if tokens else autograd.randn(120, 6, 3)
    y = (x[:, 0] > 4).long() if tokens else (x[:, 0, 0] > 0).long()
    return fit(net, lambda x, y: F.cross_entropy(net(x), y), endless(x, y), steps=30)


def own_statistics(net, h):
    return F.batch_norm(h, None, None, training=True)


MIXED = {
    "an LSTM over the batch": lambda: sequences(Recurrent()),
    "a GRU over the batch": lambda: sequences(Recurrent(nn.GRU)),
    "an RNN over the batch": lambda: sequences(Tokens(), tokens=True),
    "view": lambda: sequences(Viewed(lambda x: x.view(6, -1, 3))),
    "reshape": lambda: sequences(Viewed(lambda x: x.reshape(x.shape[1], x.shape[0], 3))),
    "a hidden softmax": lambda: trained(lambda net, h: h.softmax(0)),
    "batch_norm in training mode": lambda: trained(own_statistics),
}
APART = {
    "an LSTM over time": lambda: sequences(Recurrent(batch_first=True)),
    "both directions": lambda: sequences(Recurrent(nn.GRU, batch_first=True, num_layers=2)),
    "tokens": lambda: sequences(Tokens(batch_first=True), tokens=True),
    "permute": lambda: sequences(Viewed(lambda x: x.permute(1, 0, 2))),
    "a softmax over the features": lambda: trained(lambda net, h: h.softmax(1)),
    "a layer norm": lambda: trained(lambda net, h: F.layer_norm(h, (16,))),
    "a batch norm": lambda: classify(nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)), steps=30),
    "a batch norm without running statistics": lambda: classify(
        nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8, track_running_stats=False), nn.Linear(8, 2)), steps=30
    ),
}


@pytest.mark.parametrize("way", MIXED)
def test_a_layer_that_mixes_samples_is_found_with_its_line(way):
    autograd.manual_seed(0)
    report = MIXED[way]()
    assert probed(report) == ["samples_mixed"], report
    assert "test_doctor_probe.py:" in flat(report)


def test_arguments_by_name_are_kept_as_well():
    autograd.manual_seed(0)
    net = Net(lambda net, h: h.softmax(0))
    report = fit(net, lambda x, y: F.cross_entropy(net(x=x), y), moons(), steps=30)
    assert probed(report) == ["samples_mixed"]


@pytest.mark.parametrize("way", APART)
def test_layers_that_keep_samples_apart_are_silent(way):
    autograd.manual_seed(0)
    assert probed(APART[way]()) == []


class OverTime(nn.Module):
    """Time comes first: (T, N, 3)."""

    def __init__(self, pick, outputs=2):
        self.rnn, self.head, self.pick = nn.LSTM(3, 8), nn.Linear(8, outputs), pick

    def forward(self, x):
        return self.head(self.pick(self.rnn(x)[0]))


class Graph(nn.Module):
    """Kipf and Welling (2017): the first axis is that of the nodes."""

    def __init__(self, edges):
        self.first, self.second, self.edges = nn.Linear(3, 8), nn.Linear(8, 2), edges

    def forward(self, x, edges=None):
        edges = self.edges if edges is None else edges
        return edges @ self.second((edges @ self.first(x)).relu())


def fixed(net, x, y, *more, loss=F.cross_entropy):
    """Always the same batch."""
    return fit(net, lambda: loss(net(x, *more), y), iter([()] * 30), steps=30)


def time_first(pick, y_of, outputs=2):
    x = autograd.randn(12, 5, 3)
    return fixed(OverTime(pick, outputs), x, y_of(x), loss=F.mse_loss)


def between_samples(net, h):
    """Attention from sample to sample (Somepalli et al., 2021)."""
    return h + (h @ h.T).softmax(1) @ h


def by_hand(net, h):
    return h - h.mean(0)


def minibatch_spread(net, h):
    """Karras et al. (2018)."""
    spread = h.reshape(4, -1, 16).std(0).mean(1, keepdim=True).repeat(4, 1)
    return h + spread


class Contrastive(nn.Module):
    def __init__(self):
        self.body = nn.MLP(2, [16, 8])

    def forward(self, x, y=None):
        z = F.normalize(self.body(x), dim=1)
        return F.cross_entropy(z @ F.normalize(self.body(x + 0.01), dim=1).T, autograd.arange(len(x)))


def contrastive():
    net = Contrastive()
    return fit(net, lambda x, y: net(x), moons(), steps=30)


ring = autograd.eye(30) / 2 + autograd.eye(30).roll(1, 0) / 2
nodes = (autograd.randn(30, 3), autograd.randint(0, 2, (30,)))
MEANT = {
    "the last step": lambda: time_first(lambda out: out[-1], lambda x: x[0, :, :2]),
    "every step": lambda: time_first(lambda out: out, lambda x: x[..., :2]),
    "one number a step": lambda: fixed(
        nn.Sequential(OverTime(lambda out: out, 1), nn.Flatten(1)), *[autograd.randn(12, 5, n) for n in (3,)],
        autograd.randn(12, 5), loss=F.mse_loss,
    ),
    "one long sequence": lambda: fixed(
        OverTime(lambda out: out), autograd.randn(40, 3), autograd.randn(40, 2), loss=F.mse_loss
    ),
    "a graph": lambda: fixed(Graph(ring), *nodes),
    "a graph that is given": lambda: fixed(Graph(None), *nodes, ring),
    "attention between samples": lambda: trained(between_samples),
    "centred by hand": lambda: trained(by_hand),
    "spread of the minibatch": lambda: trained(minibatch_spread),
    "contrastive": contrastive,
    "a state from batch to batch": lambda: fixed(Stateful(), autograd.randn(20, 3), nodes[1][:20]),
}  # fmt: skip


class Stateful(nn.Module):
    def __init__(self):
        self.body, self.calls = nn.Linear(3, 2), 0

    def forward(self, x):
        self.calls += 1
        return self.body(x) * self.calls


@pytest.mark.parametrize("way", MEANT)
def test_mixing_that_is_meant_and_first_axes_other_than_the_batch_are_silent(way):
    autograd.manual_seed(0)
    assert probed(MEANT[way]()) == []


def test_a_graph_among_the_arguments_is_not_kept():
    cell, head = nn.GRUCell(2, 8), nn.Linear(8, 1)
    net = nn.ModuleList([cell, head])
    x, y = line(40)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(cell, optimizer) as report:
        for _ in range(5):
            state = autograd.zeros(40, 8)
            for _ in range(3):
                state = cell(x[:, :2], state)
            optimizer.zero_grad()
            F.mse_loss(head(state), y).backward()
            optimizer.step()
    assert probed(report) == []


def test_digits_with_everything_right_are_checked_for_both():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
    report = classify(net, steps=100, batches=endless(*datasets.digits().tensors))
    assert report.codes == []
    assert not open_codes(report) & PROBED
