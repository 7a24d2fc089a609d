"""What helps a network that learns its 5,000 images by heart? Six remedies against overfitting, side by side.

    python -m demos.regularization

What to look at:

- curves.png: without a remedy the loss on the training images falls towards 0, while that on other images turns and
  rises. L1, L2, dropout and augmentation (each image turned and scaled a little, differently each time) hold the first
  up and the second down. Early stopping changes neither: it leaves when the second has begun to rise;
- batch normalization is no remedy here: it learns faster, and so it overfits sooner and further;
- the table: a remedy takes away up to half of the gap between training and test, and yet hardly changes the accuracy on
  the test. What gets better is the loss: how sure the network is when it is wrong. More images would help more;
- none/history.csv and so on: each run as a table. Weights & Biases gets them too, if it is installed: offline, into
  none/wandb and so on, from where `wandb sync` would upload them.

Where Fashion-MNIST is missing and cannot be fetched, as with --quick, scikit-learn's digits of 8x8 pixels stand in for
it: 300 of them, a fifth with a wrong label, so that there is something that is not worth learning.
"""

import shutil
from importlib.util import find_spec

from matplotlib.figure import Figure

import autograd
import nn
from nn import optim, plot
from nn.data import DataLoader, Subset, TensorDataset, datasets, random_split, transforms
from nn.train import Accuracy, EarlyStopping, Trainer, WandbLog

from .lab import BLUE, RED, Lab

REMEDIES = {
    "none": {},
    "L1": {"l1": 1e-4},
    "L2": {"l2": 3e-3},
    "dropout": {"dropout": 0.5},
    "batch norm": {"batch_norm": True},
    "augmentation": {"augment": transforms.RandomAffine(10, scale=(0.9, 1.1), interpolation="bilinear")},
    "early stopping": {"callbacks": [EarlyStopping(patience=3)]},
}


def main(lab):
    train, valid, test = parts(lab)
    histories = {}
    print(f"{'':15} training  validation  test")
    for remedy, options in REMEDIES.items():
        trainer = fit(lab, remedy, train, valid, **options)
        learned, others, unseen = (trainer.evaluate(part)["accuracy"] for part in (train, valid, test))
        print(f"{remedy:15} {learned:8.1%}  {others:10.1%}  {unseen:6.1%}")
        lab.found(**{f"{remedy}: test accuracy": unseen, f"{remedy}: overfit by": learned - unseen})
        lab.found(**{f"{remedy}: validation loss at the end": trainer.row["valid_loss"]})
        histories[remedy] = trainer.history
    lab.picture(curves(histories), "curves.png")
    lab.picture(plot.compare_runs(histories, "valid_accuracy", heading="Accuracy on other images"), "accuracy.png")


def parts(lab):
    """Few images for training, and more for validation and test, each as one batch."""
    if lab.has(datasets.FashionMNIST):
        train, test = (datasets.FashionMNIST(train=part, transform=transforms.ToTensor()) for part in (True, False))
        given = Subset(train, range(5_000)), Subset(train, range(5_000, 10_000)), test
    else:
        x, y = datasets.digits().tensors
        given = random_split(TensorDataset(x.reshape(-1, 1, 8, 8), y), [300, 500, 997])
        wrong = given[0].indices[:60]
        y[wrong] = (y[wrong] + 1) % 10
    return [tuple(next(iter(DataLoader(part, len(part))))) for part in given]


def network(pixels, dropout=0.0, batch_norm=False):
    """Two hidden layers, of 256 and 128 units."""
    layers = [nn.Flatten()]
    for inputs, units in (pixels, 256), (256, 128):
        layers += [nn.Linear(inputs, units)]
        layers += [nn.BatchNorm1d(units)] if batch_norm else []
        layers += [nn.ReLU()]
        layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(128, 10))


def fit(lab, remedy, train, valid, dropout=0.0, batch_norm=False, callbacks=(), **options):
    """Train a network with a remedy, from the same initial weights; the history goes to a folder of its own."""
    folder = lab.out / remedy.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier run of this lab
    autograd.manual_seed(lab.seed)
    x, y = train
    net = network(x[0].numel(), dropout, batch_norm)
    epochs, batch_size, lr = (30, 64, 0.001) if len(x) > 1_000 else (20, 30, 0.003)
    trainer = Trainer(folder, metrics=[Accuracy()], callbacks=[*callbacks, *logs(remedy)], progress=False, **options)
    optimizer = optim.Adam(net.parameters(), lr)
    trainer.fit(net, (x, y), valid, epochs, optimizer, nn.CrossEntropyLoss(), batch_size=batch_size)
    return trainer


def logs(remedy):
    """The log for Weights & Biases, where that is installed."""
    quiet = {"silent": True, "disable_git": True}
    return [WandbLog(name=remedy, group="regularization", settings=quiet)] if find_spec("wandb") else []


def curves(histories):
    """The losses by epoch, in a field for each remedy; in each, grey is the loss without a remedy on other images."""
    plain = histories["none"]
    figure = Figure(figsize=(9.5, 4.8), layout="constrained")
    fields = figure.subplots(2, 4, sharex=True, sharey=True)
    for ax, (remedy, history) in zip(fields.flat, histories.items(), strict=False):
        ax.plot(plain["epoch"], plain["valid_loss"], color="0.75", linewidth=1.2, label="other images, no remedy")
        ax.plot(history["epoch"], history["loss"], color=BLUE, label="training images")
        ax.plot(history["epoch"], history["valid_loss"], color=RED, label="other images")
        ax.set_title(remedy, loc="left", fontweight="bold")
        ax.spines[["top", "right"]].set_visible(False)
    ax.set_ylim(0, 2 * max(plain["valid_loss"][-1], 0.5))
    fields[1, 3].axis("off")
    fields[1, 3].legend(*ax.get_legend_handles_labels(), loc="center", frameon=False)
    figure.supxlabel("epoch")
    figure.supylabel("loss")
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
