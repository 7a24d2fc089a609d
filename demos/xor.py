"""Exclusive or: the function that one neuron cannot learn, and three can.

    python demos/xor.py --steps 500 --out runs/xor-demo

What to look at:

- the truth table it prints: the outputs come close to 0 and 1 but never reach them;
- plane.png: each hidden neuron draws one straight line through the plane (dashed), and the output neuron combines the
  two into a strip with both ones inside and both zeros outside, which no single line could do;
- a start that fails: with `autograd.manual_seed(2)` the network gets stuck, and two of the four answers stay at 0.5.
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import autograd
import nn
from nn import optim

BLUE, RED, INK = "#2f5d8a", "#c8553d", "#22303c"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=500, help="number of steps of gradient descent (default 500)")
    parser.add_argument("--out", type=Path, default=Path("runs/xor-demo"), help="folder the picture goes to")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    autograd.manual_seed(0)
    x = autograd.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = autograd.tensor([[0.0], [1.0], [1.0], [0.0]])
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1), nn.Sigmoid())
    optimizer = optim.Adam(net.parameters(), lr=0.05)
    loss_function = nn.MSELoss()
    for step in range(args.steps):
        loss = loss_function(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0 or step == args.steps - 1:
            print(f"step {step:3d}  loss {loss.item():.5f}")

    with autograd.no_grad():
        for (a, b), out in zip(x.tolist(), net(x).flatten().tolist(), strict=True):
            print(f"{a:.0f} xor {b:.0f} = {out:.3f}")
    plot_plane(net, args.out / "plane.png")
    print(f"picture: {args.out / 'plane.png'}")


def plot_plane(net, path):
    """Draw the output over the plane, the four points, and the line of each hidden neuron."""
    side = np.linspace(-0.6, 1.6, 300, dtype=np.float32)
    columns, rows = np.meshgrid(side, side)
    with autograd.no_grad():
        plane = autograd.tensor(np.stack([columns.ravel(), rows.ravel()], 1))
        out = net(plane).numpy().reshape(columns.shape)
        hidden = net[0](plane).numpy().reshape(*columns.shape, 2)
    fig, ax = plt.subplots(figsize=(4.6, 4.8), layout="constrained")
    shades = LinearSegmentedColormap.from_list("xor", [RED, "#f7f5f2", BLUE])
    ax.imshow(out, extent=(side[0], side[-1]) * 2, origin="lower", cmap=shades, vmin=-0.3, vmax=1.3)
    for i in range(2):
        ax.contour(columns, rows, hidden[..., i], [0], colors=INK, linewidths=1.2, linestyles="--")
    for a, b in np.ndindex(2, 2):
        ax.scatter(a, b, s=420, color=(RED, BLUE)[a ^ b], edgecolor="white", linewidth=2)
        ax.annotate(f"{a ^ b}", (a, b), color="white", ha="center", va="center", fontweight="bold", fontsize=13)
    ax.set(xticks=[0, 1], yticks=[0, 1], xlabel="a", ylabel="b")
    ax.set_title("a xor b", loc="left", fontweight="bold")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    fig.savefig(path, dpi=150)
    plt.close(fig)


if __name__ == "__main__":
    main()
