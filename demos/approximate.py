"""How many hidden units does it take to draw a curve? One hidden layer of 2 to 200 units, fitted to three curves.

    python -m demos.approximate

What to look at:

- fits.png: the wave bends eight times, and five units are too few for that; the corner of |x| is rounded off at first,
  and sharpens; the jump becomes a steep slope, for no continuous curve can be close to it everywhere;
- errors.png: the error falls with the number of units, quickly for the smooth wave, slowly for the jump;
- beyond.png: the theorem promises a good fit on an interval, and nothing outside of it.
"""

import math

import numpy as np
from matplotlib.figure import Figure

import autograd
import nn
from nn import init, optim
from nn.optim.lr_scheduler import CosineAnnealingLR

from .lab import BLUE, GREY, RED, Lab, axes

CURVES = {
    "wave, sin 4πx": lambda x: np.sin(4 * np.pi * x),
    "corner, 2|x| - 1": lambda x: 2 * np.abs(x) - 1,
    "jump, sign x": np.sign,
}
GREEN = "#5b8c6e"


def main(lab):
    widths, steps = ([2, 10, 50], 800) if lab.quick else ([2, 5, 10, 20, 50, 200], 3000)
    x = np.linspace(-1, 1, 200)
    nets = {(name, width): fit(x, curve(x), width, steps) for name, curve in CURVES.items() for width in widths}
    errors = {key: error(net, x, CURVES[key[0]](x)) for key, net in nets.items()}
    print("root mean square error\n" + " " * 18 + "".join(f"{width:8d}" for width in widths))
    for name in CURVES:
        print(f"{name:18}" + "".join(f"{errors[name, width]:8.4f}" for width in widths))
        lab.found(**{f"{name.split(',')[0]}_{width}_units": errors[name, width] for width in widths})
    lab.found(largest_error_at_jump=float(np.abs(values(nets["jump, sign x", widths[-1]], x) - np.sign(x)).max()))
    lab.picture(draw_fits(nets, errors, x, widths), "fits.png")
    lab.picture(draw_errors(errors, widths), "errors.png")
    wide = np.linspace(-2, 2, 400)
    wave = CURVES["wave, sin 4πx"]
    net = nets["wave, sin 4πx", widths[-1]]
    outside = np.abs(wide) > 1.5
    lab.found(error_far_outside=error(net, wide[outside], wave(wide[outside])))
    lab.picture(draw_beyond(net, wide, wave(wide)), "beyond.png")


def fit(x, y, width, steps):
    """Fit a network with one hidden layer to y = f(x), and return it.

    The slopes of its units are drawn from N(0, 5²) and their centres lie all over the interval, so that they are where
    they may be needed.
    """
    net = nn.MLP(1, [width, 1], activation=nn.Tanh)
    init.normal_(net[0].weight, std=5.0)
    init.uniform_(net[0].bias, -5.0, 5.0)
    x, y = column(x), column(y)
    optimizer = optim.Adam(net.parameters(), lr=0.02)
    schedule = CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
        schedule.step()
    return net


def column(numbers):
    return autograd.tensor(numbers, dtype=autograd.float32).reshape(-1, 1)


def values(net, x):
    with autograd.no_grad():
        return net(column(x)).numpy().reshape(-1)


def error(net, x, y):
    return math.sqrt(np.mean((values(net, x) - y) ** 2))


def draw_fits(nets, errors, x, widths):
    figure = Figure(figsize=(1.7 * len(widths), 4.8), layout="constrained")
    rows = figure.subplots(len(CURVES), len(widths), sharex=True, sharey=True)
    for row, (name, curve) in zip(rows, CURVES.items(), strict=True):
        row[0].set_ylabel(name, fontsize=10)
        for ax, width in zip(row, widths, strict=True):
            ax.plot(x, curve(x), color=GREY, linewidth=4, alpha=0.5)
            ax.plot(x, values(nets[name, width], x), color=BLUE, linewidth=1.6)
            ax.text(0.97, 0.04, f"error {errors[name, width]:.2g}", transform=ax.transAxes, ha="right", fontsize=8)
            ax.spines[["top", "right"]].set_visible(False)
            ax.tick_params(length=0, labelsize=8)
    for ax, width in zip(rows[0], widths, strict=True):
        ax.set_title(f"{width} units", loc="left", fontsize=10)
    figure.suptitle("One hidden layer, fitted (blue) to a curve (grey)", x=0.01, ha="left", fontweight="bold")
    return figure


def draw_errors(errors, widths):
    figure, ax = axes(6, 3.6, "More units, smaller errors")
    for name, colour, below in zip(CURVES, (BLUE, GREEN, RED), (6, -6, 0), strict=True):
        line = [errors[name, width] for width in widths]
        ax.loglog(widths, line, color=colour, linewidth=2, marker="o", markersize=4)
        ax.annotate(name, (widths[-1], line[-1]), (8, -below), textcoords="offset points", color=colour, va="center")
    ax.set_xticks(widths, [str(width) for width in widths])
    ax.minorticks_off()
    ax.set(xlabel="hidden units", ylabel="root mean square error")
    ax.grid(axis="y", color=GREY, alpha=0.25)
    return figure


def draw_beyond(net, x, y):
    figure, ax = axes(6, 3, "Beyond the interval it knows nothing of the wave")
    ax.axvspan(-1, 1, color="#f1efea")
    ax.text(0, 2.2, "fitted here", ha="center", color=GREY)
    ax.plot(x, y, color=GREY, linewidth=4, alpha=0.5)
    ax.plot(x, values(net, x), color=BLUE, linewidth=1.8)
    ax.set(ylim=(-2.8, 2.8), xlabel="x")
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
