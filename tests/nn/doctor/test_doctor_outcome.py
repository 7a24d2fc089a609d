"""Did it learn? Told in one sentence at the end, from figures that are computed here a second time."""

import re

import numpy as np
import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import datasets
from tests.doctored import classify, endless, fit, line, moons


def flat(report):
    return " ".join(str(report).split())


def sentence(report):
    """The last paragraph of the report, which is the outcome."""
    last = str(report).rpartition("\n\n")[2]
    assert " ".join(last.split()) == report.outcome.sentence
    return report.outcome.sentence


def figures(text):
    """The loss at the end, and that of the best constant answer."""
    return [float(n) for n in re.search(r"(?:end|steps?) was ([\d.e+-]+), .*? ?([\d.e+-]+) for always", text).groups()]


def digits():
    return datasets.digits().tensors


def column(y):
    return (y > 0).float()


def by_hand(out, y):
    p = out.sigmoid()
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


ON_CLASSES = {
    "cross_entropy": F.cross_entropy,
    "a weight for each class": lambda out, y: F.cross_entropy(out, y, weight=autograd.ones(10)),
    "a sum": lambda out, y: F.cross_entropy(out, y, reduction="sum"),
    "a share of the loss": lambda out, y: F.cross_entropy(out, y) / 4,
    "nll_loss": lambda out, y: F.nll_loss(out.log_softmax(1), y),
    "probabilities by hand": lambda out, y: -out.softmax(1)[autograd.arange(len(y)), y].log().mean(),
    "log_softmax by hand": lambda out, y: -out.log_softmax(1)[autograd.arange(len(y)), y].mean(),
}  # fmt: skip
ON_TWO = {
    "logits": lambda out, y: F.binary_cross_entropy_with_logits(out, column(y)),
    "probabilities": lambda out, y: F.binary_cross_entropy(out.sigmoid(), column(y)),
}
ON_NUMBERS = {
    "mse_loss": F.mse_loss,
    "by hand": lambda out, y: ((out - y) ** 2).mean(),
    "the other way round": lambda out, y: (y - out).square().mean(),
    "a product": lambda out, y: ((d := out - y) * d).mean(),
    "l1_loss": F.l1_loss,
}


@pytest.mark.parametrize("loss", ON_CLASSES)
def test_a_loss_of_classes_is_told_beside_that_of_the_best_constant(loss):
    autograd.manual_seed(0)
    net = nn.MLP(64, [32, 10])
    report = fit(net, lambda x, y: ON_CLASSES[loss](net(x), y), endless(*digits()))
    text = sentence(report)
    assert report.learned is True, text
    assert text.startswith("It learned: the cross-entropy at the end was ")
    end, constant = figures(text)
    assert end < 1
    assert constant == pytest.approx(2.302, abs=0.03)  # ten classes, as frequent as each other
    assert re.search(r"; [789]\d% of its last answers were right, against 1\d% for always answering class \d\.$", text)
    assert str(report).startswith("Healthy: ")


@pytest.mark.parametrize("loss", ON_TWO)
def test_a_loss_of_two_classes_too(loss):
    autograd.manual_seed(0)
    x, y = line(400)
    y = y + 1
    net = nn.MLP(3, [16, 1])
    text = sentence(fit(net, lambda x, y: ON_TWO[loss](net(x), y), endless(x, y)))
    share = (y.numpy() > 0).mean()
    assert figures(text)[1] == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share), abs=0.03)
    assert "for always answering class 1" in text


@pytest.mark.parametrize("loss", ON_NUMBERS)
def test_a_loss_of_numbers_too(loss):
    autograd.manual_seed(0)
    x, y = line(400)
    y = y + 3
    net = nn.MLP(3, [16, 1])
    text = sentence(fit(net, lambda x, y: ON_NUMBERS[loss](net(x), y), endless(x, y), steps=400))
    off = y.numpy() - np.median(y.numpy())
    expected = np.abs(off).mean() if loss == "l1_loss" else y.numpy().var()
    assert figures(text)[1] == pytest.approx(expected, rel=0.15)
    assert ("the median of the targets" in text) == (loss == "l1_loss")


def test_several_columns_are_compared_with_the_mean_of_each():
    autograd.manual_seed(0)
    x = digits()[0]
    net = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 64))
    text = sentence(fit(net, lambda x: F.mse_loss(net(x), x), endless(x)))
    assert figures(text)[1] == pytest.approx(float(x.numpy().var(0).mean()), rel=0.05)


def test_pure_noise_is_told_as_a_fact_with_what_to_try():
    """New inputs in every step: there is nothing to learn by heart either."""
    autograd.manual_seed(0)
    batches = [(autograd.randn(32, 8), autograd.randint(0, 3, (32,))) for _ in range(300)]
    net = nn.Linear(8, 3)
    report = classify(net, optim.SGD(net.parameters(), lr=0.01), 300, batches)
    text = sentence(report)
    assert report.learned is False
    assert text.startswith("Nothing was learned: ")
    assert "no better than" in text
    assert "healthy" not in flat(report).lower()
    if not report.findings:
        places = [flat(report).index(advice) for advice in report.outcome.advice]
        assert places == sorted(places)


def test_one_answer_to_everything_is_told():
    autograd.manual_seed(0)
    x, y = digits()
    net = nn.MLP(64, [16, 10])
    with autograd.no_grad():
        net[-1].weight.zero_()
        net[-1].bias[3] += 50.0
    net[-1].weight.requires_grad_(False)
    text = sentence(classify(net, optim.SGD([net[-1].bias], lr=1e-3), 200, endless(x, y)))
    assert text.startswith("Nothing was learned: ")
    assert text.endswith("; it always answered class 3.")


def test_a_short_training_is_too_early_to_judge():
    autograd.manual_seed(0)
    net = nn.MLP(2, [16, 2])
    report = classify(net, optim.SGD(net.parameters(), lr=1e-4), 3)
    assert report.learned is None
    assert sentence(report).startswith("Too early to say whether it learned: the cross-entropy after 3 steps was ")
    assert "healthy" not in flat(report).lower()


def test_a_loss_that_varies_too_much_to_tell_is_not_judged():
    """Batches in the order of their classes: the last steps know one class only, at a lower loss."""
    autograd.manual_seed(0)
    x, y = datasets.moons(200, noise=0.1).tensors
    batches = [(x[i : i + 20], y[i : i + 20]) for i in range(0, 200, 20)] * 20
    net = nn.MLP(2, [16, 2])
    report = classify(net, optim.SGD(net.parameters(), lr=0.05), batches=batches)
    assert report.learned is None
    assert sentence(report).startswith("Not clear whether it learned: the cross-entropy after 200 steps was ")


def several(net):
    return lambda x, y: F.cross_entropy(net(x), y) + F.cross_entropy(net(x + 1), y)


def reward(net):
    """What was chosen at random counts as much as it was worth."""

    def loss_of(x, y):
        logp = net(x).log_softmax(1)
        worth = autograd.randn(1)
        return -(logp[autograd.arange(len(y)), autograd.randint(0, 2, (len(y),))] * worth).mean()

    return loss_of


UNJUDGED = {
    "the loss is made of several": several,
    "no targets were recognised in the loss": lambda net: lambda x, y: net(x).square().mean(),
    "there is more in it than the cross-entropy": reward,
    "all targets seen were the same": lambda net: lambda x, y: F.cross_entropy(net(x), y * 0),
}


@pytest.mark.parametrize("reason", UNJUDGED)
def test_what_cannot_be_judged_is_said_with_the_course_of_the_loss(reason):
    autograd.manual_seed(0)
    net = nn.MLP(2, [16, 2])
    report = fit(net, UNJUDGED[reason](net), moons())
    text = sentence(report)
    assert report.learned is None
    assert text.startswith(f"Whether it learned could not be judged, because {reason}; the loss was ")
    assert re.search(r"was [\d.e+-]+ at the start and [\d.e+-]+ at the end\.$", text)
    assert "healthy" not in flat(report).lower()


def test_a_loss_that_is_nan_taught_nothing():
    autograd.manual_seed(0)
    net = nn.MLP(3, [16, 1])
    x, y = line()
    report = fit(net, lambda x, y: F.mse_loss(net(x), y), endless(x, y), optim.SGD(net.parameters(), lr=1e6))
    assert report.learned is False
    assert "nan at the end" in sentence(report) or "inf at the end" in sentence(report)


def validated(x, y, loss, net, wanted):
    """Trained on the first 200, validated on the others after every 50 steps."""
    steps = iter(range(1000))

    def validate(_):
        if next(steps) % 50 == 49:
            net.eval()
            with autograd.no_grad():
                for at in range(200, 300, 30):
                    net(x[at : min(at + 30, 300)])
            net.train()

    report = fit(net, loss, endless(x[:200], y[:200]), after=validate, valid=(x[200:], y[200:]))
    with autograd.no_grad():
        expected = wanted(net(x[200:]), y[200:]).item()
    return report, expected


@pytest.mark.parametrize("kind", ["classes", "numbers", "chances"])
def test_the_validation_that_was_seen_is_told(kind):
    autograd.manual_seed(0)
    x, y = datasets.moons(300, noise=0.1).tensors
    order = autograd.randperm(300)
    x, y = x[order], y[order]
    loss, width = {
        "classes": (F.cross_entropy, 2), "numbers": (F.mse_loss, 1), "chances": (F.binary_cross_entropy_with_logits, 1),
    }[kind]  # fmt: skip
    y = y if kind == "classes" else y.float().unsqueeze(1)
    net = nn.MLP(2, [16, width])
    report, expected = validated(x, y, lambda x, y: loss(net(x), y), net, loss)
    text = sentence(report)
    assert report.codes == []
    assert report.learned is True, text
    told = float(re.search(r"on the validation data it was ([\d.e+-]+\d)", text)[1])
    assert told == pytest.approx(expected, rel=0.01)
    assert ("% right." in text) == (kind != "numbers")


def test_what_does_not_hold_for_the_validation_data_is_not_called_healthy():
    autograd.manual_seed(0)
    x, y = autograd.randn(300, 20), autograd.randint(0, 2, (300,))
    net = nn.MLP(20, [64, 2])
    report, _ = validated(x, y, lambda x, y: F.cross_entropy(net(x), y), net, F.cross_entropy)
    text = sentence(report)
    if report.learned is not True:
        assert "healthy" not in flat(report).lower()
    assert text.startswith("It learned nothing that holds for the validation data: ") or "% right" in text


OUTSIDE = {
    "a sigmoid": (lambda out, y: F.binary_cross_entropy(out.sigmoid(), column(y).unsqueeze(1)), 1),
    "a softmax": (lambda out, y: -out.softmax(1)[autograd.arange(len(y)), y].log().mean(), 2),
    "a tanh": (lambda out, y: ((out.tanh() - column(y).unsqueeze(1)) ** 2).mean(), 1),
}


@pytest.mark.parametrize("last", OUTSIDE)
def test_a_function_between_the_model_and_its_loss_counts_in_validation_too(last):
    autograd.manual_seed(0)
    loss, width = OUTSIDE[last]
    x, y = datasets.moons(300, noise=0.1).tensors
    order = autograd.randperm(300)
    x, y = x[order], y[order]
    net = nn.MLP(2, [16, width])
    given = y if last == "a softmax" else y.float().unsqueeze(1)
    of = {"a softmax": lambda out, y: loss(out, y)}.get(last, lambda out, y: loss(out, y.squeeze(1)))
    report, expected = validated(x, given, lambda x, y: of(net(x), y), net, of)
    told = float(re.search(r"on the validation data it was ([\d.e+-]+\d)", sentence(report))[1])
    assert told == pytest.approx(expected, rel=0.01)


def test_classes_of_pixels_are_judged():
    autograd.manual_seed(0)
    x = autograd.randn(60, 1, 4, 4)
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1), nn.LogSoftmax(dim=1))
    text = sentence(fit(net, lambda x, y: F.nll_loss(net(x), y), endless(x, (x[:, 0] > 0).long())))
    assert text.startswith("It learned: the cross-entropy at the end was ")
    assert figures(text)[1] == pytest.approx(np.log(2), abs=0.02)


BALANCED = {
    "pos_weight": lambda out, y: F.binary_cross_entropy_with_logits(out, y, pos_weight=autograd.tensor(30.0)),
    "weight": lambda out, y: F.binary_cross_entropy_with_logits(out, y, weight=1 + 29 * y),
    "of probabilities": lambda out, y: F.binary_cross_entropy(out.sigmoid(), y, weight=1 + 29 * y),
}


@pytest.mark.parametrize("form", BALANCED)
def test_a_constant_answer_is_weighed_as_the_loss_weighs(form):
    autograd.manual_seed(0)
    x = autograd.randn(1500, 4)
    y = (x[:, :1] + 0.5 * autograd.randn(1500, 1) > 2.2).float()
    net = nn.MLP(4, [16, 1])
    report = fit(net, lambda x, y: BALANCED[form](net(x), y), endless(x, y, batch_size=64), steps=300)
    share = y.mean().item()
    best = -30 * share * np.log(30 * share / (1 + 29 * share)) - (1 - share) * np.log((1 - share) / (1 + 29 * share))
    assert report.learned
    assert figures(sentence(report))[1] == pytest.approx(best, rel=0.3)  # of the targets that were seen
