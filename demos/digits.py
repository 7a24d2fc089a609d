"""Learn to read handwritten digits: a 64-64-10 network on scikit-learn's 1,797 images of 8x8 pixels.

    python demos/digits.py --epochs 40 --out runs/digits

Prints the loss and the share of unseen digits that are read right, and leaves three pictures: the loss curve, the
digits that were read wrong, and one neuron at work.
"""

import argparse
import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import LogLocator, NullLocator
from rich.progress import BarColumn, Progress, TimeElapsedColumn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import autograd
import nn
from autograd import Value
from nn import optim
from nn.data import DataLoader, TensorDataset

BLUE, RED, GREY = "#2f5d8a", "#c8553d", "#8a8f98"
INK = LinearSegmentedColormap.from_list("ink", ["#f1efea", "#22303c"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=40, help="times that all training digits are seen (default 40)")
    parser.add_argument("--seed", type=int, default=0, help="of the starting weights and the order (default 0)")
    parser.add_argument("--out", type=Path, default=Path("runs/digits"), help="folder for the pictures")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    autograd.manual_seed(args.seed)
    x, x_test, y, y_test = digits()
    net = nn.MLP(64, [64, 10])
    start = time.perf_counter()
    history = train(net, x, y, x_test, y_test, args.epochs)
    seconds = time.perf_counter() - start

    plot_losses(history, args.out / "loss_curve.png")
    wrong = plot_misclassified(net, x_test, y_test, args.out / "misclassified.png")
    draw_neuron(net, x_test[0], args.out / "neuron")
    right = len(y_test) - wrong
    print(f"{right} of {len(y_test)} unseen digits read right ({right / len(y_test):.1%}), learned in {seconds:.1f} s")
    print(f"pictures: {', '.join(str(path) for path in sorted(args.out.iterdir()))}")


def digits():
    """Training and test images as rows of 64 numbers from 0 to 1, and their classes."""
    images, classes = load_digits(return_X_y=True)
    parts = train_test_split(images.astype(np.float32) / 16, classes, test_size=0.2, stratify=classes, random_state=0)
    return [autograd.tensor(part) for part in parts]


def train(net, x, y, x_test, y_test, epochs):
    """Adam with a learning rate that falls to zero. Returns the loss on training and on test digits for each epoch."""
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    loss_function = nn.CrossEntropyLoss()
    optimizer = optim.Adam(net.parameters(), weight_decay=1e-3)
    terminal = sys.stdout.isatty()
    history = []
    with Progress("learning", BarColumn(), "{task.description}", TimeElapsedColumn(), disable=not terminal) as progress:
        task = progress.add_task("", total=epochs)
        for epoch in range(1, epochs + 1):
            optimizer.param_groups[0]["lr"] = 0.01 * (1 - (epoch - 1) / epochs)
            losses = []
            for images, classes in loader:
                optimizer.zero_grad()
                loss = loss_function(net(images), classes)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            with autograd.no_grad():
                scores = net(x_test)
                test_loss = loss_function(scores, y_test).item()
                accuracy = (scores.argmax(dim=1) == y_test).double().mean().item()
            loss = np.mean(losses)
            history.append((loss, test_loss))
            figures = f"epoch {epoch:3d}  loss {loss:.4f}  test loss {test_loss:.4f}  accuracy {accuracy:6.1%}"
            progress.update(task, advance=1, description=figures)
            if not terminal:
                print(figures)
    return history


def plot_losses(history, path):
    """Both losses by epoch."""
    fig, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    epochs = np.arange(1, len(history) + 1)
    for losses, color, name in zip(np.transpose(history), (BLUE, RED), ("training", "test"), strict=True):
        ax.plot(epochs, losses, color=color, linewidth=2, marker="o" if len(epochs) < 3 else None)
        ax.annotate(
            f" {name} {losses[-1]:.3f}", (epochs[-1], losses[-1]), color=color, va="center", annotation_clip=False
        )
    ax.set(yscale="log", xlabel="epoch", xlim=(1, max(2, len(history))))
    ax.set_title("Cross-entropy on the digits", loc="left", fontweight="bold")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(axis="y", color=GREY, alpha=0.25)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    fig.savefig(path, dpi=150)
    plt.close(fig)


def plot_misclassified(net, x, y, path):
    """The digits that are read wrong, the most confident mistakes first. Returns how many there are."""
    with autograd.no_grad():
        chances = net(x).softmax(dim=1).numpy()
    truth, read = y.numpy(), chances.argmax(1)
    wrong = np.flatnonzero(read != truth)
    shown = wrong[np.argsort(-chances[wrong, read[wrong]])][:10]
    rows = 1 if len(shown) <= 5 else 2
    columns = max(4, -(-len(shown) // rows))
    fig, axes = plt.subplots(rows, columns, figsize=(1.6 * columns, 0.5 + 2 * rows), layout="constrained")
    fig.get_layout_engine().set(hspace=0.06, wspace=0.06)
    for ax in axes.flat[len(shown) :]:
        ax.axis("off")
    for ax, i in zip(axes.flat, shown, strict=False):
        ax.imshow(x[int(i)].numpy().reshape(8, 8), cmap=INK, vmin=0, vmax=1)
        ax.set_title(f"{truth[i]} read as {read[i]}", fontsize=11, fontweight="bold", color=RED, pad=3)
        ax.set_xlabel(f"{chances[i, read[i]]:.0%} sure", fontsize=9, color=GREY, labelpad=3)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    fig.suptitle(f"{len(wrong)} of {len(y)} unseen digits were read wrong", fontweight="bold", x=0.015, ha="left")
    fig.savefig(path, dpi=150)
    plt.close(fig)
    return len(wrong)


def draw_neuron(net, image, path):
    """The graph of the hidden neuron that this image excites most, cut down to the two pixels that matter most."""
    weights, biases, pixels = net[0].weight.tolist(), net[0].bias.tolist(), image.tolist()
    neuron = net[0](image).argmax().item()
    strongest = np.argsort([-abs(w * x) for w, x in zip(weights[neuron], pixels, strict=True)])[:2]
    formula = "b"
    names = {formula: Value(biases[neuron])}
    total = names[formula]
    for i in strongest:
        w, x = Value(weights[neuron][i]), Value(pixels[i])
        product = w * x
        total = total + product
        formula += f" + w{i} x{i}"
        names |= {f"w{i}": w, f"x{i}": x, f"w{i} x{i}": product, formula: total}
    out = total.relu()
    out.backward()
    drawing = autograd.draw(out, out=out, **names)
    for kind in (".svg", ".png"):
        drawing.save(path.with_suffix(kind))


if __name__ == "__main__":
    main()
