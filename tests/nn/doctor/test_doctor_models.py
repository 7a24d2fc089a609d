"""Models that look like a mistake and are none: each is as its author meant it, and is healthy."""

from copy import deepcopy

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from tests.doctored import classify, endless, fit, healthy, line, moons

TRAPS = []


def trap(function):
    TRAPS.append(function)
    return function


class Attention(nn.Module):
    """Softmax inside a model, before further layers."""

    def __init__(self):
        self.score, self.value, self.head = nn.Linear(2, 4), nn.Linear(2, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.score(x).softmax(1) * self.value(x))


@trap
def softmax_inside_the_model():
    return classify(Attention())


@trap
def a_softmax_layer_before_a_linear_one():
    return classify(nn.Sequential(nn.Linear(2, 16), nn.Softmax(dim=1), nn.Linear(16, 2)))


@trap
def sigmoid_gates_at_the_end():
    class Gated(nn.Module):
        def __init__(self):
            self.gate, self.value = nn.Linear(2, 2), nn.MLP(2, [16, 2])

        def forward(self, x):
            return self.gate(x).sigmoid() * self.value(x)

    return classify(Gated())


@trap
def log_softmax_with_its_own_loss():
    net = nn.MLP(2, [16, 2])
    return fit(net, lambda x, y: F.nll_loss(F.log_softmax(net(x), dim=1), y), moons())


@trap
def a_teachers_softmax_as_the_target():
    net, teacher = nn.MLP(2, [16, 2]), nn.MLP(2, [16, 2])

    def loss_of(x, y):
        with autograd.no_grad():
            chances = teacher(x).softmax(1)
        return F.cross_entropy(net(x), chances)

    return fit(net, loss_of, moons())


@trap
def probabilities_for_the_accuracy_only():
    net = nn.MLP(2, [16, 2])

    def loss_of(x, y):
        out = net(x)
        (out.softmax(1).argmax(1) == y).float().mean().item()
        return F.cross_entropy(out, y)

    return fit(net, loss_of, moons())


@trap
def a_sigmoid_at_the_end_that_becomes_sure():
    x, y = datasets.moons(200).tensors
    net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
    batches = endless(x, y.float().unsqueeze(1))
    return fit(net, lambda x, y: F.binary_cross_entropy(net(x), y), batches, optim.Adam(net.parameters(), lr=0.05), 500)


@trap
def a_column_of_logits_and_a_column_of_targets():
    x, y = datasets.moons(200, noise=0.1).tensors
    net = nn.MLP(2, [16, 1])
    batches = endless(x, y.float().unsqueeze(1))
    return fit(net, lambda x, y: F.binary_cross_entropy_with_logits(net(x), y), batches)


@trap
def all_pairs_on_purpose():
    """Distances between all samples of a batch: (N, 1, D) minus (1, N, D)."""
    net = nn.MLP(2, [16, 3], activation=nn.Tanh)

    def loss_of(x, y):
        z = net(x)
        distance = (z.unsqueeze(1) - z.unsqueeze(0)).square().sum(2)
        same = (y.unsqueeze(1) == y.unsqueeze(0)).float()
        return (same * distance + (1 - same) * (1 - distance).relu()).mean()

    return fit(net, loss_of, moons())


@trap
def a_weight_for_every_sample():
    x, y = line()
    net = nn.MLP(3, [16, 2], activation=nn.Tanh)

    def loss_of(x, y, weight):
        return (weight * (net(x) - y) ** 2).mean()  # (N, 1) times (N, 2)

    return fit(net, loss_of, endless(x, autograd.cat([y, -y], 1), autograd.rand(200, 1)))


@trap
def a_single_layer_that_starts_at_zero():
    """Logistic regression: its loss is convex, and 0 as good a start as any."""
    net = nn.Linear(2, 2)
    for p in net.parameters():
        nn.init.zeros_(p)
    return classify(net)


@trap
def a_last_layer_that_starts_at_zero():
    net = nn.MLP(2, [16, 2], activation=nn.Tanh)
    nn.init.zeros_(net[-1].weight)
    nn.init.zeros_(net[-1].bias)
    return classify(net)


@trap
def norms_that_start_at_one():
    net = nn.Sequential(nn.Linear(2, 16), nn.LayerNorm(16), nn.PReLU(16), nn.Linear(16, 2))
    return classify(net)


@trap
def a_few_dead_units():
    net = nn.MLP(2, [32, 2])
    with autograd.no_grad():
        net[0].bias[:3] = -10.0
    return classify(net)


@trap
def three_dead_units_of_four():
    """Of a small layer, a few dead units are a large share."""
    net = nn.MLP(2, [4, 2])
    with autograd.no_grad():
        net[0].bias[:3] = -10.0
        net[0].bias[3] = 2.0
    return classify(net)


@trap
def a_tanh_that_training_drives_to_its_limits():
    """What has been learned is answered with certainty."""
    x, y = datasets.gates("XOR").tensors
    net = nn.MLP(2, [8, 2], activation=nn.Tanh)
    return classify(net, optim.Adam(net.parameters(), lr=0.1), 1000, [(x, y)] * 1000)


@trap
def tied_weights():
    embedding = nn.Embedding(5, 8)
    net = nn.Sequential(embedding, nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 5, bias=False))
    net[3].weight = embedding.weight
    x = autograd.randint(0, 5, (200,))
    return classify(net, batches=endless(x, (x + 1) % 5))


@trap
def two_heads_of_which_each_step_uses_one():
    class TwoHeads(nn.Module):
        def __init__(self):
            self.body, self.heads = nn.Linear(2, 16), nn.ModuleList([nn.Linear(16, 2), nn.Linear(16, 2)])
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            return self.heads[self.calls % 2](self.body(x).tanh())

    return classify(TwoHeads())


@trap
def a_state_that_is_detached_between_steps():
    cell, head = nn.Linear(11, 8), nn.Linear(8, 1)
    net = nn.Sequential(cell, head)
    x, y = line(64)
    state = [autograd.zeros(64, 8)]

    def loss_of():
        state[0] = cell(autograd.cat([x, state[0]], 1)).tanh()
        loss = F.mse_loss(head(state[0]), y)
        state[0] = state[0].detach()
        return loss

    return fit(net, loss_of, [()] * 200)


@trap
def a_target_network_that_follows():
    net = nn.MLP(3, [16, 1], activation=nn.Tanh)
    target = deepcopy(net)
    x, y = line()

    def loss_of(x, y):
        with autograd.no_grad():
            goal = y + 0.5 * target(x)
        return F.mse_loss(net(x), goal)

    def follow(loss):
        with autograd.no_grad():
            for p, q in zip(target.parameters(), net.parameters()):
                p.copy_(0.9 * p + 0.1 * q)

    return fit(net, loss_of, endless(x, y), after=follow)


@trap
def an_autoencoder():
    images = datasets.digits().tensors[0]
    net = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 64))
    return fit(net, lambda x: F.mse_loss(net(x), x), endless(images))


@trap
def doubles():
    x, y = datasets.moons(200, noise=0.1).tensors
    return classify(nn.MLP(2, [16, 2]).double(), batches=endless(x.double(), y))


@trap
def six_layers_as_they_come():
    net = nn.MLP(2, [32] * 6 + [2])
    return classify(net, optim.Adam(net.parameters(), lr=0.003))


@trap
def a_recurrent_network():
    """The mean of a sequence of ten numbers, read one after the other."""

    class Recurrent(nn.Module):
        def __init__(self):
            self.cell, self.head = nn.Linear(1 + 16, 16), nn.Linear(16, 1)

        def forward(self, x):
            h = autograd.zeros(len(x), 16)
            for t in range(x.shape[1]):
                h = self.cell(autograd.cat([x[:, t : t + 1], h], 1)).tanh()
            return self.head(h)

    net, x = Recurrent(), autograd.randn(200, 10)
    return fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, x.mean(1, keepdim=True)))


@trap
def a_bag_of_words():
    """Counts of words, nearly all of them 0."""
    x = (autograd.randint(0, 40, (200, 60)) - 36).clamp(min=0).float()
    net = nn.MLP(60, [16, 2])
    return classify(net, batches=endless(x, (x[:, :30].sum(1) > x[:, 30:].sum(1)).long()))


@trap
def a_model_that_normalises_its_inputs_itself():
    class Pixels(nn.Module):
        def __init__(self):
            self.net = nn.MLP(64, [32, 10])

        def forward(self, x):
            return self.net(x / 255)

    x, y = datasets.digits().tensors
    return classify(Pixels(), batches=endless((x * 255).round(), y))


@trap
def batch_norm_with_the_statistics_it_came_with():
    """Fine-tuning: everything is trained, but the running means stay as they are."""
    net = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    net[1].eval()
    return classify(net)


@trap
def a_ranking():
    """Scores (N, 1) minus the same scores (1, N): which of two is higher, for every pair."""
    x, y = line()
    net = nn.MLP(3, [16, 1], activation=nn.Tanh)

    def loss_of(x, y):
        scores = net(x)
        return (-(y - y.T).sign() * (scores - scores.T)).sigmoid().mean()

    return fit(net, loss_of, endless(x, y))


@pytest.mark.parametrize("training", TRAPS, ids=lambda training: training.__name__)
def test_a_model_that_only_looks_wrong_is_healthy(training):
    healthy(training)
