"""How long should a step be? Learning rates from 0.0001, too small, to 2.0, at which training breaks down.

    python -m demos.learning_rate

What to look at:

- bowl.png: a valley ten times as steep across as along. Across, every step multiplies the distance by 1 - 10 lr: below
  0.1 it shrinks from one side, above 0.1 it swings from side to side, and above 0.2 it grows until it overflows;
- digits.png: a network behaves alike. From 0.0001 to 0.01 it is slow, with 0.1 and 0.3 it learns, and 2.0 throws its
  ReLUs to where they are dead, and the loss stays as large as that of guessing;
- finder.png: one short test, in which the rate grows from step to step, shows the same without training six times.
"""

import numpy as np

import autograd
import nn
from nn import optim, plot
from nn.data import datasets, stratified_split
from nn.train import Accuracy, Trainer, find_lr

from .lab import Lab

STEEPNESS = 10.0  # the second derivative across the valley: rates above 2 / STEEPNESS diverge
BOWL_RATES = [0.01, 0.09, 0.19, 0.21]
STEPS = 16
RATES = [0.0001, 0.001, 0.01, 0.1, 0.3, 2.0]
START = (-2.0, 1.0)


def main(lab):
    roll_down_a_bowl(lab)
    train, valid = stratified_split(datasets.digits(), 0.8)
    learn_digits(lab, train, valid)
    find_a_rate(lab, train, valid)


def bowl(x, y):
    return (x**2 + STEEPNESS * y**2) / 2


def roll_down_a_bowl(lab):
    """Take the same number of steps with each rate."""
    runs = {f"lr {rate:g}": descend(rate) for rate in BOWL_RATES}
    print(f"learning rate   height after {STEPS} steps, from {bowl(*START):g}")
    for rate, points in zip(BOWL_RATES, runs.values(), strict=True):
        height = bowl(*points[-1])
        print(f"{rate:13g}   {height:.3g}")
        lab.found(**{f"bowl_{rate:g}": height})
    area = (-2.2, 0.6, -1.6, 1.6)
    heading = "Four learning rates in one valley"
    lab.picture(plot.paths(bowl, runs, minimum=(0, 0), area=area, heading=heading), "bowl.png")


def descend(rate):
    place = nn.Parameter(autograd.tensor(START, dtype=autograd.float64))
    optimizer, points = optim.SGD([place], lr=rate), [place.tolist()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        bowl(*place).backward()
        optimizer.step()
        points.append(place.tolist())
    return points


def learn_digits(lab, train, valid):
    histories = {}
    print("\nlearning rate      loss   accuracy")
    for rate in RATES:
        histories[f"lr {rate:g}"] = history = learn(network(lab), train, valid, rate, 6 if lab.quick else 20)
        loss, accuracy = history[-1]["loss"], history[-1]["valid_accuracy"]
        print(f"{rate:13g}  {loss:8.4f}   {accuracy:8.1%}")
        lab.found(**{f"accuracy_{rate:g}": accuracy})
    heading = "8 x 8 digits, six learning rates"
    lab.picture(plot.compare_runs(histories, "loss", heading=heading), "digits.png")


def find_a_rate(lab, train, valid):
    net = network(lab)
    found = find_lr(net, train, optim.SGD(net.parameters()), nn.CrossEntropyLoss(), lowest=1e-3, steps=200)
    lab.picture(found.plot(), "finder.png")
    print(f"\n{found}")
    if found.lr is None:
        return
    history = learn(net, train, valid, found.lr, 6 if lab.quick else 20)
    lab.found(suggested_rate=found.lr, accuracy_suggested=history[-1]["valid_accuracy"])


def network(lab):
    """The same network with the same weights, each time."""
    autograd.manual_seed(lab.seed)
    return nn.MLP(64, [64, 64, 10])


def learn(net, train, valid, rate, epochs):
    trainer = Trainer(metrics=[Accuracy()], progress=False)
    with np.errstate(all="ignore"):
        return trainer.fit(net, train, valid, epochs, optim.SGD(net.parameters(), lr=rate), nn.CrossEntropyLoss())


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
