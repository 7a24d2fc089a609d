"""Which setting matters most: the learning rate, the width, the depth or the batch size? Every combination is tried.

    python -m demos.hyperparameters

What to look at:

- the range of each setting: how far its choice moves the accuracy, on average over all others. The learning rate comes
  first by far, the others are much alike;
- learning_rate-batch_size.png: the good cells lie on a diagonal. The larger the batch, the fewer the steps in an epoch,
  and the longer each must be;
- learning_rate-depth.png: the deeper the network, the narrower the band of rates that train it;
- learning_rate-width.png and width-depth.png: more units help, at any rate and any depth.

It is a grid on 8 x 8 digits, with SGD. `chalkgrad explore` does the same with a model and data of your own.
"""

from itertools import product

import numpy as np

import autograd
import nn
from nn import optim, plot
from nn.data import datasets, stratified_split
from nn.train import Accuracy, Trainer

from .lab import Lab

FULL = {
    "learning rate": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0],
    "width": [16, 64, 256],
    "depth": [1, 2, 3],
    "batch size": [8, 32, 128],
}
QUICK = {"learning rate": [0.01, 0.1, 1.0], "width": [16, 64], "depth": [1, 2], "batch size": [16, 128]}
PAIRS = (("learning rate", "batch size"), ("learning rate", "depth"), ("learning rate", "width"), ("width", "depth"))


def main(lab):
    settings, epochs = (QUICK, 3) if lab.quick else (FULL, 10)
    names, values = list(settings), list(settings.values())
    train, valid = stratified_split(datasets.digits(), 0.8)
    runs = list(product(*values))
    print(f"{len(runs)} runs of {epochs} epochs")
    accuracies = np.array([accuracy(train, valid, epochs, lab.seed, *run) for run in runs])
    accuracies = 100 * accuracies.reshape([len(each) for each in values])  # an axis for each setting

    for name in names:
        means = mean_over_all_but(accuracies, names, name)
        print(f"{name:13} " + "  ".join(f"{v:g}: {m:.1f} %" for v, m in zip(settings[name], means, strict=True)))
        lab.found(**{f"range over {name}, %": float(np.ptp(means))})
    best = np.unravel_index(accuracies.argmax(), accuracies.shape)
    lab.found(runs=len(runs), best_accuracy=float(accuracies[best]), worst_accuracy=float(accuracies.min()))
    lab.found(best=", ".join(f"{n} {v[i]:g}" for n, v, i in zip(names, values, best, strict=True)))

    for rows, columns in PAIRS:
        means = mean_over_all_but(accuracies, names, rows, columns)
        title = "mean accuracy in validation, %"
        picture = plot.heat_map(settings[rows], settings[columns], means, names=(rows, columns, title), mode="max")
        lab.picture(picture, f"{rows}-{columns}.png".replace(" ", "_"))
    rates = mean_over_all_but(accuracies, names, "learning rate", "batch size").argmax(0)
    for size, rate in zip(settings["batch size"], rates, strict=True):
        lab.found(**{f"best learning rate at batch size {size}": settings["learning rate"][rate]})


def mean_over_all_but(accuracies, names, *kept):
    """The mean for each value of the settings that are kept, over all values of the others."""
    return accuracies.mean(tuple(i for i, name in enumerate(names) if name not in kept))


def accuracy(train, valid, epochs, seed, lr, width, depth, batch_size):
    """The accuracy in validation of one combination; all begin with the same seed."""
    autograd.manual_seed(seed)
    net = nn.MLP(64, [width] * depth + [10])
    trainer = Trainer(metrics=[Accuracy()], progress=False)
    optimizer = optim.SGD(net.parameters(), lr)
    history = trainer.fit(net, train, valid, epochs, optimizer, nn.CrossEntropyLoss(), batch_size=batch_size)
    return history[-1]["valid_accuracy"]


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
