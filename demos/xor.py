"""Exclusive or, which no single neuron can learn: what do two or four hidden neurons make of the problem?

    python -m demos.xor

What to look at:

- hidden_2.png: the four points as the output neuron gets them, each where the two hidden neurons put it. Before the
  training they are a square, bent a little, and no line separates the colours. After it there is one: the network has
  not found a cleverer line, it has moved the points;
- plane.png: the same seen in the plane of a and b, with the line that each hidden neuron draws (dashed);
- how many starts succeed: two hidden neurons suffice, but from many starts, `--seed 2` among them, gradient descent
  gets stuck with two answers at 0.5. With four neurons it rarely does.
"""

import numpy as np

import autograd
import nn
from nn import optim, plot

from .lab import BLUE, GREY, INK, RED, Lab, axes

INPUTS = autograd.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
ANSWERS = autograd.tensor([[0.0], [1.0], [1.0], [0.0]])


def main(lab):
    for hidden in (2, 4):
        autograd.manual_seed(lab.seed)
        net = network(hidden)
        before = seen(net)
        train(net, show=True)
        lab.found(**{f"right_with_{hidden}": right(net)})
        lab.picture(hidden_space(hidden, before, seen(net)), f"hidden_{hidden}.png")
        if hidden == 2:
            lab.picture(plane(net), "plane.png")
            lab.found(line_before=separable(before[0]), line_after=separable(seen(net)[0]))
    starts = 4 if lab.quick else 20
    lab.found(starts=starts)
    for hidden in (2, 4):
        learned = sum(learns(hidden, seed) for seed in range(starts))
        print(f"2-{hidden}-1: learned from {learned} of {starts} starts")
        lab.found(**{f"learned_with_{hidden}": learned})


def network(hidden):
    return nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1), nn.Sigmoid())


def train(net, steps=500, show=False):
    optimizer, loss_function = optim.Adam(net.parameters(), lr=0.05), nn.BCELoss()
    for step in range(steps + 1):
        loss = loss_function(net(INPUTS), ANSWERS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if show and step % 100 == 0:
            print(f"step {step:3d}  loss {loss.item():.4f}")
    for (a, b), out in zip(INPUTS.tolist(), net(INPUTS).flatten().tolist(), strict=True) if show else ():
        print(f"{a:.0f} xor {b:.0f} = {out:.3f}")


def right(net):
    """How many of the four answers are right."""
    return ((net(INPUTS) > 0.5) == (ANSWERS > 0.5)).sum().item()


def learns(hidden, seed):
    autograd.manual_seed(seed)
    net = network(hidden)
    train(net)
    return right(net) == 4


def separable(corners):
    """Whether a line separates the four points by their answers: then the perceptron finds one."""
    return nn.Perceptron(2).fit(corners, ANSWERS.flatten(), epochs=1000)[-1] == 0


def seen(net):
    """What the output neuron sees: the corners and a grid of the square, and the line where it is undecided.

    With more than two hidden neurons, seen from a side from which the plane where it is undecided is a line.
    """
    ticks = np.linspace(0, 1, 9)
    grid = np.stack(np.meshgrid(ticks, ticks), -1).astype(np.float32)
    with autograd.no_grad():
        corners, grid = net[:2](INPUTS).numpy(), net[:2](autograd.tensor(grid)).numpy()
        weight, bias = net[2].weight.numpy()[0], net[2].bias.item()
    view = np.eye(2)
    if len(weight) > 2:
        across = weight / np.linalg.norm(weight)
        spread = corners - corners.mean(0)
        view = np.stack([across, np.linalg.svd(spread - np.outer(spread @ across, across))[2][0]])
    return corners @ view.T, grid @ view.T, view @ weight, bias


def hidden_space(hidden, before, after):
    figure, sides = axes(9, 4.4, f"2-{hidden}-1, as the output sees it: before", "and after training")
    for ax, (corners, grid, weight, bias) in zip(sides, (before, after), strict=True):
        for curves in (grid, grid.swapaxes(0, 1)):
            ax.plot(curves[..., 0], curves[..., 1], color=GREY, linewidth=0.5, alpha=0.6)
        draw_corners(ax, corners)
        middle, reach = (grid.max((0, 1)) + grid.min((0, 1))) / 2, 0.65 * np.ptp(grid, axis=(0, 1)).max()
        ax.set(xlim=middle[0] + [-reach, reach], ylim=middle[1] + [-reach, reach], aspect="equal")
        foot = -bias * weight / (weight @ weight)
        ax.axline(foot, foot + np.array([-weight[1], weight[0]]), color=INK, linewidth=1.5)
        names = ("hidden 1", "hidden 2") if hidden == 2 else ("along the output's weights", "across them")
        ax.set(xlabel=names[0], ylabel=names[1])
    return figure


def draw_corners(ax, places):
    """The four inputs, named ab and coloured by their answer, at these places."""
    for (a, b), place, aside in zip(INPUTS.tolist(), places, ((0, 14), (-17, 0), (17, 0), (0, 14)), strict=True):
        ax.scatter(*place, s=130, color=BLUE if a != b else RED, edgecolor="white", linewidth=1.5, zorder=3)
        words = {"xytext": aside, "textcoords": "offset points", "ha": "center", "va": "center"}
        ax.annotate(f"{a:.0f}{b:.0f}", place, color=INK, fontweight="bold", zorder=4, **words)


def plane(net):
    """What it answers in the plane of a and b, with the line at which each hidden neuron is 0."""
    picture = plot.decision_boundary(net, INPUTS, ANSWERS, heading="a xor b, and the lines of the two hidden neurons")
    ax = picture.source.axes[0]
    for (u, v), bias in zip(net[0].weight.tolist(), net[0].bias.tolist(), strict=True):
        foot = -bias * np.array([u, v]) / (u * u + v * v)
        ax.axline(foot, foot + np.array([-v, u]), color=INK, linewidth=1, linestyle="--")
    draw_corners(ax, INPUTS.tolist())
    return picture


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
