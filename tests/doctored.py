"""Training loops for the doctor to watch, and data for them."""

from itertools import islice

import autograd
from nn import functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor


def endless(*tensors, batch_size=32):
    """Batches without end."""
    loader = DataLoader(TensorDataset(*tensors), batch_size=batch_size, shuffle=True)
    while True:
        yield from loader


def moons(batch_size=20):
    """Batches of points in the plane, in two classes."""
    return endless(*datasets.moons(200, noise=0.1).tensors, batch_size=batch_size)


def line(n=200, scale=1.0):
    """Inputs (n, 3), and targets (n, 1) that are a linear function of them plus noise."""
    x = autograd.randn(n, 3)
    return x, scale * (x @ autograd.tensor([[1.0], [-2.0], [0.5]]) + 0.1 * autograd.randn(n, 1))


def fit(net, loss_of, batches, optimizer=None, steps=200, after=lambda loss: None, **options):
    """The loop of every lesson, watched; `after` is called at the end of each step. Returns the report."""
    optimizer = optimizer or optim.Adam(net.parameters(), lr=0.01)
    with doctor(net, optimizer, **options) as report:
        for batch in islice(batches, steps):
            optimizer.zero_grad()
            loss = loss_of(*batch)
            loss.backward()
            optimizer.step()
            after(loss)
    return report


def classify(net, optimizer=None, steps=200, batches=None, **options):
    """`fit` with cross-entropy, by default on the moons."""
    return fit(net, lambda x, y: F.cross_entropy(net(x), y), batches or moons(), optimizer, steps, **options)


def healthy(training, seeds=(0, 11, 15)):
    """Assert that a training run gets no finding, whatever the seed."""
    for seed in seeds:
        autograd.manual_seed(seed)
        report = training()
        assert report.codes == [], f"seed {seed}\n{report}"
        assert report.healthy
