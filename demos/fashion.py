"""Why convolution? A fifth of the weights of an MLP, and more of Fashion-MNIST's clothes told apart, also when shifted.

    python -m demos.fashion

What to look at:

- the table by class: shirts are the hard ones, for both networks. confusion.png says what they are taken for;
- filters.png and feature_maps.png: each filter became a detector of edges of some direction, or of a bright or dark
  patch, and finds them wherever they are;
- steps.png: a filter at work, with padding, without, with a stride of 2, and with pooling. The second row is the same
  picture, shifted by 2 pixels: the maps are those above, shifted as well;
- shift.png: each unit of the MLP has learned its pixels by heart and is lost when the clothes move; the CNN loses less.
  It is not blind to a shift, because its last layer again has a weight for each place.

Where Fashion-MNIST is missing, and with --quick, scikit-learn's digits of 8x8 pixels stand in for it.
"""

from matplotlib.figure import Figure

import autograd
import nn
from nn import functional as F
from nn import optim, plot
from nn.data import DataLoader, TensorDataset, datasets, random_split, transforms
from nn.train import Accuracy, ConfusionMatrix, Trainer, predict

from .lab import BLUE, RED, Lab, axes

EPOCHS = 5
SHIFTS = range(5)


def main(lab):
    train, (x, y), classes = pictures(lab)
    side = x.shape[-1]
    nets = {"MLP": mlp(side), "CNN": cnn(side)}
    matrices = {}
    for name, net in nets.items():
        fit(net, train)
        matrices[name] = confusion(net, x, y)
        parameters = sum(p.numel() for p in net.parameters())
        lab.found(**{f"{name} parameters": parameters, f"{name} accuracy": matrices[name].trace() / len(y)})
    report(classes, matrices)
    lab.picture(plot.confusion_matrix(matrices["CNN"], classes, heading="What the CNN mixes up"), "confusion.png")
    lab.picture(plot.filters(nets["CNN"]), "filters.png")
    lab.picture(plot.feature_maps(nets["CNN"], x[0], layer="1"), "feature_maps.png")
    steps(lab, nets["CNN"][0], x[:1])
    shift(lab, nets, x, y)


def pictures(lab):
    """The training set; the images and classes of the test set; and the names of the classes."""
    if lab.has(datasets.FashionMNIST):
        train, test = (datasets.FashionMNIST(train=part, transform=transforms.ToTensor()) for part in (True, False))
        return train, next(iter(DataLoader(test, len(test)))), test.classes
    digits = datasets.digits().tensors
    train, test = random_split(TensorDataset(digits[0].reshape(-1, 1, 8, 8), digits[1]), [0.8, 0.2])
    return train, next(iter(DataLoader(test, len(test)))), list("0123456789")


def mlp(side):
    return nn.Sequential(nn.Flatten(), nn.Linear(side**2, 128), nn.ReLU(), nn.Linear(128, 10))


def cnn(side):
    """Two convolutions of 3 x 3 that keep the size, each with pooling that halves it, and one layer to the classes."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * (side // 4) ** 2, 10),
    )


def fit(net, train):
    """Adam, with a learning rate that rises for a third of the steps and then falls to 0."""
    loader = DataLoader(train, batch_size=128 if len(train) > 10_000 else 16, shuffle=True)
    optimizer = optim.Adam(net.parameters())
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, 0.005, total_steps=EPOCHS * len(loader))
    trainer, loss = Trainer(metrics=[Accuracy()]), nn.CrossEntropyLoss()
    trainer.fit(net, loader, None, EPOCHS, optimizer, loss, scheduler=schedule, scheduler_every="step")


def confusion(net, x, y):
    count = ConfusionMatrix(range(10))
    count.update(predict(net, x), y)
    return count.matrix


def report(classes, matrices):
    """Print how many of each class are found."""
    print(f"{'':12}", *(f"{name:>6}" for name in matrices))
    for i, name in enumerate(classes):
        print(f"{name:12}", *(f"{matrix[i, i] / matrix[i].sum():6.1%}" for matrix in matrices.values()))


def shifted(x, pixels):
    """Images, moved to the right; what comes in from the left is black."""
    return F.pad(x, (pixels, 0))[..., : x.shape[-1]]


@autograd.no_grad()
def steps(lab, layer, image):
    """One filter at work on an image, and on the same image 2 pixels further to the right."""
    seen = layer(image).relu()
    best = (seen.amax((0, 2, 3)) - seen.mean((0, 2, 3))).argmax().item()  # strong, but not everywhere
    kernel, bias = layer.weight[best : best + 1], layer.bias[best : best + 1]

    def maps(x):
        same = F.conv2d(x, kernel, bias, padding=1).relu()
        inner, strided = F.conv2d(x, kernel, bias).relu(), F.conv2d(x, kernel, bias, stride=2, padding=1).relu()
        pooled = F.max_pool2d(same, 2)
        return {"image": x, "padding 1": same, "no padding": inner, "stride 2": strided, "max-pooling": pooled}

    rows = [maps(image), maps(shifted(image, 2))]
    figure = Figure(figsize=(9, 4.1), layout="constrained")
    for row, axs, label in zip(rows, figure.subplots(2, 5), ("", "2 pixels to the right"), strict=True):
        for (name, values), ax in zip(row.items(), axs, strict=True):
            ax.imshow(values[0, 0].numpy(), cmap="gray_r", interpolation="nearest", vmin=0)
            ax.set(xticks=[], yticks=[])
            if row is rows[0]:
                ax.set_title(f"{name}: {values.shape[-2]} x {values.shape[-1]}", fontsize=10)
        axs[0].set_ylabel(label)
    figure.suptitle(f"Filter {best} at work, and on the same image shifted", x=0.01, ha="left", fontweight="bold")
    lab.picture(figure, "steps.png")
    convolved_then_shifted = shifted(rows[0]["padding 1"], 2)
    off = (rows[1]["padding 1"] - convolved_then_shifted)[..., 2:-1].abs().max()  # away from the edges
    lab.found(**{"convolution after shift against shift after convolution, largest difference": off.item()})


def shift(lab, nets, x, y):
    """The accuracy of both networks on images that are moved to the right."""
    figure, ax = axes(5, 3, "Accuracy on shifted images")
    for (name, net), colour in zip(nets.items(), (RED, BLUE), strict=True):
        scores = [confusion(net, shifted(x, pixels), y).trace() / len(y) for pixels in SHIFTS]
        ax.plot(SHIFTS, scores, color=colour, marker="o", label=name)
        lab.found(**{f"{name} accuracy, shifted by {pixels}": scores[pixels] for pixels in (1, 2)})
    ax.set(xlabel="pixels to the right", ylim=(0, 1), xticks=SHIFTS)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.legend(frameon=False)
    lab.picture(figure, "shift.png")


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
