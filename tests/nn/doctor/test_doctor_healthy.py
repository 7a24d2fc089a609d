"""A training without a mistake gets no finding, however short it is: a false alarm is worse than a missed mistake.

Eight models, each with three optimizers, from three seeds, in a short run and a long one. Loops, models and data
that only look like a mistake stand in test_train_doctor_loops.py, _models.py and _data.py.
"""

from itertools import islice

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from nn.train import doctor
from tests.doctored import endless

OPTIMIZERS = {
    "SGD": lambda parameters, lr: optim.SGD(parameters, lr=lr),
    "momentum": lambda parameters, lr: optim.SGD(parameters, lr=lr / 5, momentum=0.9),
    "Adam": lambda parameters, lr: optim.Adam(parameters, lr=0.005),
}


def linear_regression():
    x = autograd.randn(200, 3)
    y = x @ autograd.tensor([[1.0], [-2.0], [0.5]]) + 0.3 + 0.1 * autograd.randn(200, 1)
    net = nn.Linear(3, 1)
    return net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), 0.05


def xor():
    x, y = datasets.gates("XOR").tensors
    net = nn.MLP(2, [8, 2], activation=nn.Tanh)
    return net, lambda x, y: F.cross_entropy(net(x), y), endless(x, y, batch_size=4), 0.5


def digits():
    net = nn.MLP(64, [64, 10])
    return net, lambda x, y: F.cross_entropy(net(x), y), endless(*datasets.digits().tensors), 0.1


def convolution():
    x, y = datasets.digits().tensors
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    return net, lambda x, y: F.cross_entropy(net(x), y), endless(x.reshape(-1, 1, 8, 8), y), 0.1


def dropout_and_batch_norm():
    """Trained in training mode, and validated in eval mode after every few steps."""
    x, y = datasets.digits().tensors
    net = nn.Sequential(
        nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(32, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10),
    )  # fmt: skip
    steps = iter(range(1_000_000))

    def loss_of(x_batch, y_batch):
        if next(steps) % 20 == 3:
            net.eval()
            with autograd.no_grad():
                F.cross_entropy(net(x[1500:]), y[1500:])
            net.train()
        return F.cross_entropy(net(x_batch), y_batch)

    return net, loss_of, endless(x[:1500], y[:1500]), 0.1


NAMES = (
    "emma olivia ava isabella sophia charlotte mia amelia harper evelyn abigail emily elizabeth mila ella avery sofia "
    "camila aria scarlett victoria madison luna grace chloe penelope layla riley zoey nora lily eleanor hannah lillian "
    "addison aubrey ellie stella natalie zoe leah hazel violet aurora savannah audrey brooklyn"
)


def bigrams():
    """The next letter from the one before: few different inputs, each with many different targets."""
    letters = autograd.tensor([ord(letter) - 97 for letter in NAMES if letter != " "])
    net = nn.Sequential(nn.Embedding(26, 16), nn.Linear(16, 26))
    return net, lambda x, y: F.cross_entropy(net(x), y), endless(letters[:-1], letters[1:]), 0.3


class Transformer(nn.Module):
    """One block: causal attention and two layers, each beside its input; then a choice of the next token."""

    def __init__(self, tokens, length, width):
        self.token, self.place = nn.Embedding(tokens, width), nn.Embedding(length, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.head = nn.Linear(width, tokens)

    def forward(self, x):
        length = x.shape[1]
        mask = autograd.triu(autograd.ones(length, length), 1).bool()
        h = self.token(x) + self.place(autograd.arange(length))
        normed = self.norm1(h)
        h = h + self.attention(normed, normed, normed, attn_mask=mask, need_weights=False)[0]
        return self.head(h + self.mlp(self.norm2(h)))


def transformer():
    """Each token is the sum of the two before it, modulo 7."""
    rows = [autograd.randint(0, 7, (100, 2))]
    for _ in range(6):
        rows.append(((autograd.cat(rows, 1)[:, -2:]).sum(1, keepdim=True)) % 7)
    tokens = autograd.cat(rows, 1)
    net = Transformer(7, 7, 16)

    def loss_of(x):
        return F.cross_entropy(net(x[:, :-1]).reshape(-1, 7), x[:, 1:].flatten())

    return net, loss_of, endless(tokens), 0.5


def frozen_backbone():
    """A backbone that stays as it is, in eval mode for good, and a new head."""
    backbone = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3))
    backbone.eval().requires_grad_(False)
    head = nn.Linear(32, 10)
    net = nn.Sequential(backbone, head)
    return net, lambda x, y: F.cross_entropy(net(x), y), endless(*datasets.digits().tensors), 0.1


TRAININGS = [
    linear_regression, xor, digits, convolution, dropout_and_batch_norm, bigrams, transformer, frozen_backbone,
]  # fmt: skip
EXPENSIVE = [convolution, transformer]


def train(training, optimizer, seed, steps):
    """The report, and the losses."""
    autograd.manual_seed(seed)
    net, loss_of, batches, lr = training()
    optimizer = OPTIMIZERS[optimizer]([p for p in net.parameters() if p.requires_grad], lr)
    losses = []
    with doctor(net, optimizer) as report:
        for batch in islice(batches, steps):
            optimizer.zero_grad()
            loss = loss_of(*batch)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return report, losses


SHORT = [(training, kind, seed) for training in TRAININGS for kind in OPTIMIZERS for seed in range(3)]
LONG = [case for case in SHORT if case[0] not in EXPENSIVE or case[2] == list(OPTIMIZERS).index(case[1])]


def names(cases):
    return [f"{training.__name__}, {kind}, seed {seed}" for training, kind, seed in cases]


@pytest.mark.parametrize(("training", "optimizer", "seed"), SHORT, ids=names(SHORT))
def test_a_short_training_without_a_mistake_is_healthy(training, optimizer, seed):
    for steps in 1, 5:
        report, _ = train(training, optimizer, seed, steps)
        assert report.codes == [], str(report)
        assert report.healthy


@pytest.mark.parametrize(("training", "optimizer", "seed"), LONG, ids=names(LONG))
def test_a_long_training_without_a_mistake_is_healthy(training, optimizer, seed):
    report, losses = train(training, optimizer, seed, 400)
    assert report.codes == [], str(report)
    assert report.healthy
    start, end = (sum(part) / 20 for part in (losses[:20], losses[-20:]))
    assert end < 0.9 * start, "the training has to be as healthy as the report says"
