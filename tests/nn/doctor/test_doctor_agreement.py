"""A score that is minimised, and losses with products of outputs and targets that are meant as they are."""

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from tests.doctored import endless, fit, healthy, moons


def judged(loss_of, classes=1, steps=150, **options):
    """Train on the moons, by a loss of probabilities and of the classes, as 0 and 1 or one-hot."""
    end = [nn.Sigmoid(), nn.Flatten(0)] if classes == 1 else [nn.Softmax(1)]
    net = nn.Sequential(nn.MLP(2, [16, classes]), *end)
    optimizer = optim.Adam(net.parameters(), lr=0.01, **options)

    def of_batch(x, y):
        return loss_of(net(x), y.float() if classes == 1 else F.one_hot(y, classes).float())

    return fit(net, of_batch, moons(), optimizer, steps=steps)


def dice(p, y):
    return (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)


@pytest.mark.parametrize("classes", [1, 2])
@pytest.mark.parametrize(
    "score",
    [dice, lambda p, y: (p * y).sum() / (p + y - p * y).sum(), lambda p, y: (p * y).sum() / len(y)],
    ids=["Dice", "IoU", "expected accuracy"],
)
def test_a_score_that_is_minimised_is_found(score, classes):
    autograd.manual_seed(0)
    report = judged(score, classes)
    assert report.codes == ["wrong_sign"], str(report)
    assert "a correlation of -0." in report.findings[0].evidence


MEANT = {
    "1 - Dice": lambda p, y: 1 - dice(p, y),
    "-Dice": lambda p, y: -dice(p, y),
    "-log of Dice": lambda p, y: -dice(p, y).log(),
    "Tversky": lambda p, y: 1 - (p * y).sum() / ((p * y).sum() + 0.7 * ((1 - p) * y).sum() + 0.3 * (p * (1 - y)).sum()),
    "expected errors": lambda p, y: (p * (1 - y)).mean() + ((1 - p) * y).mean(),
    "false alarms beside a cross-entropy": lambda p, y: F.binary_cross_entropy(p, y) + 0.5 * (p * (1 - y)).mean(),
    "cross-entropy by hand": lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()).mean(),
    "hinge": lambda p, y: (0.9 - (2 * p - 1) * (2 * y - 1)).relu().mean(),
    "Dice and cross-entropy": lambda p, y: 1 - dice(p, y) + F.binary_cross_entropy(p, y),
}


@pytest.mark.parametrize("loss_of", MEANT.values(), ids=MEANT.keys())
def test_products_that_are_meant_are_healthy(loss_of):
    healthy(lambda: judged(loss_of), seeds=(0, 1))


def test_a_score_that_is_maximised_is_healthy():
    healthy(lambda: judged(dice, maximize=True), seeds=(0,))


def aligned(loss_of):
    """Learn the direction of a target, by a loss of the output and the target."""
    x = autograd.randn(200, 3)
    net = nn.MLP(3, [32, 4])
    return fit(net, lambda x, y: loss_of(net(x), y), endless(x, x @ autograd.randn(3, 4)), steps=100)


def test_a_cosine_that_is_minimised_is_found():
    autograd.manual_seed(0)
    report = aligned(lambda out, y: F.cosine_similarity(out, y).mean())
    assert report.codes == ["wrong_sign"], str(report)


COSINES = {
    "1 - cosine": lambda out, y: 1 - F.cosine_similarity(out, y).mean(),
    "far from another": lambda out, y: (F.cosine_similarity(out, y.roll(1, 0)) - F.cosine_similarity(out, y)).mean(),
    "outputs apart": lambda out, y: F.cosine_similarity(out[1:], out[:-1]).mean(),
    "unlike another network": lambda out, y: F.mse_loss(out, y) + F.cosine_similarity(out, y.flip(1)).mean(),
}


@pytest.mark.parametrize("loss_of", COSINES.values(), ids=COSINES.keys())
def test_cosines_that_are_meant_are_healthy(loss_of):
    healthy(lambda: aligned(loss_of), seeds=(0, 1))


def test_an_attack_on_a_network_is_healthy():
    """The probabilities of the right classes are brought down, by a change of the inputs; nothing is trained."""

    def training():
        net = nn.Sequential(nn.MLP(2, [16, 1]), nn.Sigmoid(), nn.Flatten(0))
        fit(net, lambda x, y: F.binary_cross_entropy(net(x), y.float()), moons(), steps=100)
        x, y = next(moons())
        shift = nn.ParameterList([nn.Parameter(autograd.zeros(20, 2))])
        return fit(shift, lambda x, y: (net(x + shift[0]) * y).mean(), iter([(x, y)] * 60), steps=60)

    healthy(training, seeds=(0,))
