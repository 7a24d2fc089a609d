"""Validation that asks for something else than was taught: another scale, other numbers of classes, samples known."""

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import DataLoader, Dataset, TensorDataset, datasets
from nn.doctor.trainings import Trainings
from nn.train import doctor
from tests.doctored import endless


def digits():
    """Digits in a random order: training inputs, classes, validation inputs, classes."""
    x, y = datasets.digits().tensors
    order = autograd.randperm(len(x))
    return x[order[:1400]], y[order[:1400]], x[order[1400:]], y[order[1400:]]


def moons():
    x, y = datasets.moons(300, noise=0.1).tensors
    order = autograd.randperm(300)
    return x[order[:200]], y[order[:200]], x[order[200:]], y[order[200:]]


def train(net, x_train, y_train, x_valid, y_valid, steps=150, **options):
    """A training with validation in batches, and its report."""
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    loader = DataLoader(TensorDataset(x_valid, y_valid), batch_size=64)
    with doctor(net, optimizer, **options) as report:
        for step, (x, y) in zip(range(steps), endless(x_train, y_train), strict=False):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            if step % 50 == 49:
                with autograd.no_grad():
                    for x, y in loader:
                        (net(x).argmax(1) == y).float().mean()
    return report


def mlp(x, classes=10):
    return nn.MLP(x.shape[1], [32, classes])


def codes(*data, classes=10, **options):
    report = train(mlp(data[0], classes), *data, **options)
    return report.codes, str(report)


# The scale of the inputs.


def standardised(x, by):
    return (x - by.mean()) / by.std()


@pytest.mark.parametrize(
    ("of_training", "of_validation"),
    [
        (lambda x, t: standardised(x, t), lambda x, t: x),
        (lambda x, t: x, lambda x, t: standardised(x, t)),
        (lambda x, t: x, lambda x, t: x * 255),
        (lambda x, t: x, lambda x, t: x / 255),
        (lambda x, t: x * 2 - 1, lambda x, t: x),
        (lambda x, t: (x - t.mean(0)) / (t.std(0) + 0.05), lambda x, t: x),
    ],
    ids=["standardised", "standardised in validation", "255", "divided twice", "-1 to 1", "each pixel"],
)
@pytest.mark.parametrize("shape", [(64,), (1, 8, 8)], ids=str)
def test_pixels_on_another_scale_are_found(of_training, of_validation, shape):
    autograd.manual_seed(0)
    x, y, x_valid, y_valid = digits()
    net = nn.Sequential(nn.Flatten(), nn.MLP(64, [32, 10]))
    data = of_training(x, x).reshape(-1, *shape), y, of_validation(x_valid, x).reshape(-1, *shape), y_valid
    report = train(net, *data)
    assert report.codes == ["validation_scale"], str(report)


def noisy_training():
    x, y, x_valid, y_valid = digits()
    return x + 0.3 * autograd.randn(*x.shape), y, x_valid, y_valid


def inverted_and_dark_validation():
    """Another domain, and hard, but no slip in the preparation."""
    x, y, x_valid, y_valid = digits()
    return x, y, 0.7 * (1 - x_valid), y_valid


def a_shifted_domain():
    x, y, x_valid, y_valid = moons()
    return x, y, 1.5 * x_valid + 1, y_valid


def a_plot_of_the_plane():
    x, y, *_ = moons()
    side = autograd.linspace(-5, 5, 20)
    grid = autograd.cartesian_prod(side, side)
    return x, y, grid, (grid[:, 0] > 0).long()


def a_series_with_a_trend():
    """Windows of a series that has gone on growing in validation."""
    time = autograd.arange(400).float()
    series = time / 100 + 0.3 * (time / 5).sin()
    series = standardised(series, series[:300])
    windows = autograd.stack([series[i : i + 12] for i in range(388)])
    rises = (series[12:] > windows[:, -1]).long()
    return windows[:300], rises[:300], windows[300:], rises[300:]


def other_years_in_one_column():
    x, y, x_valid, y_valid = moons()
    years = autograd.rand(200, 2) - 0.5, autograd.rand(100, 2) + 20
    return autograd.cat([x, years[0]], 1), y, autograd.cat([x_valid, x_valid[:, :1], years[1][:, :1]], 1), y_valid


HEALTHY = [
    digits, moons, noisy_training, inverted_and_dark_validation, a_shifted_domain, a_plot_of_the_plane,
    a_series_with_a_trend, other_years_in_one_column,
]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("data", HEALTHY, ids=lambda data: data.__name__)
def test_another_split_or_domain_is_no_other_scale(data, seed):
    autograd.manual_seed(seed)
    found, told = codes(*data())
    assert found == [], told


def test_without_validation_its_scale_is_left_open():
    autograd.manual_seed(0)
    x, y, *_ = digits()
    for few, told in (1, "no validation data were seen"), (3, "no 16 inputs"):
        report = train(mlp(x), x[10:], y[10:], x[:few], y[:few])
        assert report.codes == []
        assert [line for line in report.unchecked if line.startswith(f"validation_scale: {told}")]


# The numbers of the classes.


def renumbered(y):
    return autograd.tensor([3, 1, 4, 2, 0, 5, 9, 6, 8, 7])[y]


@pytest.mark.parametrize("given", [True, False], ids=["valid given", "seen in the program"])
@pytest.mark.parametrize("other", [renumbered, lambda y: y + 1, lambda y: 9 - y], ids=["mixed", "from 1", "reversed"])
def test_classes_with_other_numbers_are_found(other, given):
    autograd.manual_seed(0)
    x, y, x_valid, y_valid = digits()
    valid = TensorDataset(x_valid, other(y_valid))
    found, told = codes(x, y, *valid.tensors, **({"valid": valid} if given else {}))
    assert found == ["class_order"], told


def test_two_classes_that_are_exchanged_are_found():
    autograd.manual_seed(0)
    x, y, x_valid, y_valid = moons()
    found, told = codes(x, y, x_valid, 1 - y_valid, classes=2)
    assert found == ["class_order"], told
    assert "0 as 1, 1 as 0" in told


@pytest.mark.parametrize("steps", [50, 150])
def test_a_model_that_is_wrong_or_always_gives_one_class_is_no_other_order(steps):
    autograd.manual_seed(0)
    x, y, x_valid, y_valid = digits()
    rare = (y == 3).long()
    assert codes(x, rare, x_valid, (y_valid > 1).long(), classes=2, steps=steps)[0] == []
    assert codes(x, y, x_valid, autograd.randint(0, 10, (len(x_valid),)), steps=steps)[0] == []


def watched(program):
    autograd.manual_seed(0)
    with Trainings(1000, minutes=5) as trainings:
        program()
    (seen,) = trainings.seen
    return seen.report


def test_classes_are_seen_beside_inputs_that_are_named_alike():
    def program():
        x_train, y_train, x_valid, y_valid = moons()
        y_valid = 1 - y_valid
        net = mlp(x_train, 2)
        optimizer = optim.Adam(net.parameters(), lr=0.01)
        for x, y in zip(x_train.split(20) * 15, y_train.split(20) * 15, strict=True):
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            optimizer.zero_grad()
        with autograd.no_grad():
            F.cross_entropy(net(x_valid), y_valid)

    report = watched(program)
    assert report.codes == ["class_order"], str(report)


class Named(Dataset):
    def __init__(self, x, y, classes):
        self.x, self.y, self.classes = x, y, classes

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


@pytest.mark.parametrize(("others", "found"), [(["dog", "cat"], ["class_order"]), (["cat", "dog"], [])])
def test_data_sets_tell_the_order_of_their_classes(others, found):
    def program():
        x, y, x_valid, y_valid = moons()
        train_loader = DataLoader(Named(x, y, ["cat", "dog"]), batch_size=20, shuffle=True)
        test_loader = DataLoader(Named(x_valid, y_valid, others), batch_size=20)
        net = mlp(x, 2)
        optimizer = optim.Adam(net.parameters(), lr=0.01)
        for _ in range(5):
            for x, y in train_loader:
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()
        with autograd.no_grad():
            for x, _y in test_loader:
                net(x)

    report = watched(program)
    assert report.codes == found, str(report)
    assert not found or "cat is 0 in train_loader, and 1 in test_loader" in str(report)


# Training samples where validation is meant.


def loop(evaluate):
    """A training of which `evaluate(net, x, y, x_valid, y_valid)` is called after each epoch."""

    def program():
        x, y, x_valid, y_valid = moons()
        net = mlp(x, 2)
        optimizer = optim.Adam(net.parameters(), lr=0.01)
        for _ in range(5):
            for a, b in zip(x.split(20), y.split(20), strict=True):
                optimizer.zero_grad()
                F.cross_entropy(net(a), b).backward()
                optimizer.step()
            with autograd.no_grad():
                evaluate(net, x, y, x_valid, y_valid)

    return watched(program)


def accuracy(net, x, y):
    return (net(x).argmax(1) == y).float().mean().item()


def called_test_accuracy(net, x, y, *_):
    test_accuracy = accuracy(net, x, y)
    assert test_accuracy


def called_in_what_follows(net, x, y, *_):
    out = net(x)
    validation_loss = F.cross_entropy(out, y)
    assert validation_loss


def called_by_the_loop(net, x, y, *_):
    test_loader = DataLoader(TensorDataset(x, y), batch_size=50)
    for data, _target in test_loader:
        net(data)


@pytest.mark.parametrize("evaluate", [called_test_accuracy, called_in_what_follows, called_by_the_loop])
def test_training_samples_that_are_called_validation_are_found(evaluate):
    report = loop(evaluate)
    assert report.codes == ["data_leak"], str(report)
    assert "200 of 200 samples" in report.findings[0].evidence


def called_training_accuracy(net, x, y, *_):
    train_accuracy = accuracy(net, x, y)
    assert train_accuracy


def called_nothing(net, x, y, *_):
    right = accuracy(net, x, y)
    assert right


@pytest.mark.parametrize("evaluate", [called_training_accuracy, called_nothing])
def test_metrics_of_the_training_samples_alone_are_only_noted(evaluate):
    report = loop(evaluate)
    assert report.codes == [], str(report)
    assert [line for line in report.unchecked if "which may be intended" in line]


def beside_validation(net, x, y, x_valid, y_valid):
    train_accuracy, valid_accuracy = accuracy(net, x, y), accuracy(net, x_valid, y_valid)
    assert train_accuracy
    assert valid_accuracy


def test_metrics_of_the_training_samples_beside_validation_are_healthy():
    report = loop(beside_validation)
    assert report.codes == [], str(report)


def test_a_discriminator_that_is_asked_about_all_true_samples_is_healthy():
    """It is trained on a few of them at a time, drawn at random, and twice a step on the same made ones."""

    def program():
        true = datasets.moons(300, noise=0.1).tensors[0]
        net = nn.MLP(2, [16, 1])
        optimizer = optim.Adam(net.parameters(), lr=0.001)
        for step in range(60):
            some, made = true[autograd.randint(0, 300, (20,))], autograd.randn(20, 2)
            optimizer.zero_grad()
            net(made)
            scores = autograd.cat([net(some), net(made)])
            F.binary_cross_entropy_with_logits(scores, (autograd.arange(40) < 20).float().unsqueeze(1)).backward()
            optimizer.step()
            if step % 20 == 19:
                with autograd.no_grad():
                    net(true)

    report = watched(program)
    assert report.codes == [], str(report)
