"""Tell two interleaving moons apart: micrograd's own demo, a 2-16-16-1 network with the max-margin loss.

    python demos/moons.py --steps 100 --out runs/moons

Leaves a picture of the decision boundary: where the network's score is 0, and the margins where it is -1 and 1.
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import make_moons

import autograd
import nn
from nn import optim

BLUE, RED, INK = "#2f5d8a", "#c8553d", "#22303c"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100, help="steps of gradient descent (default 100)")
    parser.add_argument("--out", type=Path, default=Path("runs/moons"), help="folder for the picture")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    autograd.manual_seed(3)
    points, moon = make_moons(n_samples=100, noise=0.1, random_state=1)
    x = autograd.tensor(points.astype(np.float32))
    y = autograd.tensor(np.where(moon == 1, 1, -1).astype(np.float32))
    net = nn.MLP(2, [16, 16, 1])
    train(net, x, y, args.steps)
    plot_boundary(net, points, moon, args.out / "decision_boundary.png")
    print(f"picture: {args.out / 'decision_boundary.png'}")


def train(net, x, y, steps):
    """Gradient descent on the whole set, with a learning rate that falls from 1 to 0.1."""
    optimizer = optim.SGD(net.parameters(), weight_decay=2e-4)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 1 - 0.9 * step / steps
        scores = net(x).squeeze(1)
        loss = (1 - y * scores).relu().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0 or step == steps - 1:
            accuracy = ((scores > 0) == (y > 0)).double().mean().item()
            print(f"step {step:3d}  loss {loss.item():.4f}  accuracy {accuracy:6.1%}")


def plot_boundary(net, points, moon, path):
    """The score over the plane, the two classes, the boundary and the margins."""
    low, high = points.min(0) - 0.5, points.max(0) + 0.5
    columns, rows = np.meshgrid(np.linspace(low[0], high[0], 300), np.linspace(low[1], high[1], 300))
    with autograd.no_grad():
        plane = np.stack([columns.ravel(), rows.ravel()], 1).astype(np.float32)
        score = net(autograd.tensor(plane)).numpy().reshape(columns.shape)
    fig, ax = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
    shades = LinearSegmentedColormap.from_list("moons", [RED, "#f7f5f2", BLUE])
    ax.imshow(score, extent=(low[0], high[0], low[1], high[1]), origin="lower", cmap=shades, vmin=-8, vmax=8)
    ax.contour(columns, rows, score, [0], colors=INK, linewidths=2)
    ax.contour(columns, rows, score, [-1, 1], colors=INK, linewidths=0.8, linestyles="--")
    for label, color in enumerate((RED, BLUE)):
        ax.scatter(*points[moon == label].T, s=42, color=color, edgecolor="white", linewidth=1)
    ax.set_title("Two moons, and where a 2-16-16-1 network parts them", loc="left", fontweight="bold")
    ax.axis("off")
    fig.savefig(path, dpi=150)
    plt.close(fig)


if __name__ == "__main__":
    main()
