"""How should the weights of a deep network begin? All zero, much too large, Xavier's way, and He's.

    python -m demos.initialization

What to look at:

- spread.png: how widely activations and gradients spread in each of nine layers, before any training. He's weights keep
  both level behind ReLUs; Xavier's halve the variance in each layer; those a hundred times as large make both explode;
- training.png: what gradient descent makes of each. With weights of 0, no gradient reaches any of them, and only the
  last bias learns; those that are too large give numbers that are not finite in the first epoch;
- the table at the end: 32 units that begin alike get the same gradients, and remain one unit, 32 times.
"""

import math

import numpy as np

import autograd
import nn
from nn import init, optim, plot
from nn.data import DataLoader, datasets, stratified_split
from nn.train import Accuracy, History, Trainer

from .lab import Lab


def he(weight):
    return init.kaiming_normal_(weight, nonlinearity="relu")


WAYS = {
    "zeros": init.zeros_,
    "He x 100": lambda weight: he(weight).mul_(100),
    "Xavier": init.xavier_normal_,
    "He": he,
}


def main(lab):
    train, valid = stratified_split(datasets.digits(), 0.8)
    nets = {name: begun(nn.MLP(64, [64] * 8 + [10]), way) for name, way in WAYS.items()}
    look_before(lab, nets, train)
    train_all(lab, nets, train, valid)
    tell_units_apart(lab, train, valid)


def look_before(lab, nets, train):
    x, y = next(iter(DataLoader(train, 256)))
    for name, net in nets.items():
        first, *_, last = spreads(net, x)
        lab.found(**{f"last_to_first_spread_{key(name)}": last / first if first else 0.0})
    good = {name: nets[name] for name in ("Xavier", "He")}
    for named, file in ((nets, "spread.png"), (good, "xavier_and_he.png")):
        picture = plot.initialization(named, x, y=y, loss=nn.CrossEntropyLoss(), heading="Before the training")
        lab.picture(picture, file)


def train_all(lab, nets, train, valid):
    histories = {name: learn(net, train, valid, 2 if lab.quick else 12) for name, net in nets.items()}
    for name, history in histories.items():
        loss, accuracy = history[-1]["loss"], history[-1]["valid_accuracy"]
        print(f"{name:10} loss {loss:.3f}, accuracy {accuracy:.1%}")
        lab.found(
            **{f"accuracy_{key(name)}": accuracy, f"loss_{key(name)}": loss if math.isfinite(loss) else str(loss)}
        )
    heading = "Eight hidden layers, four ways to begin"
    lab.picture(plot.compare_runs(histories, "loss", heading=heading), "training.png")


def key(name):
    return name.replace(" ", "_")


def begun(net, way):
    """The network with its weights filled in this way, and its biases 0."""
    for p in net.parameters():
        way(p.data) if p.ndim == 2 else init.zeros_(p)
    return net


def spreads(net, x):
    """The standard deviation of what leaves each layer."""
    out = []
    with autograd.no_grad():
        for module in net:
            x = module(x)
            if isinstance(module, nn.Linear):
                out.append(x.double().std().item())
    return out


def learn(net, train, valid, epochs):
    trainer = Trainer(metrics=[Accuracy()], progress=False)
    with np.errstate(all="ignore"):
        try:
            return trainer.fit(net, train, valid, epochs, optim.SGD(net.parameters(), lr=0.03), nn.CrossEntropyLoss())
        except FloatingPointError as stop:
            print(str(stop).partition(";")[0].removeprefix("fit: "))
            right = trainer.evaluate(valid)["accuracy"]
            return History({"epoch": i, "loss": math.nan, "valid_accuracy": right} for i in range(1, epochs + 1))


def tell_units_apart(lab, train, valid):
    """Train 32 hidden units that begin alike, and 32 that do not: how many different ones are there afterwards?"""
    print("\n32 hidden units       different ones    accuracy")
    for name, way in {"equal": lambda weight: init.constant_(weight, 0.1), "random": he}.items():
        net = begun(nn.MLP(64, [32, 10]), way)
        history = learn(net, train, valid, 2 if lab.quick else 10)
        different = len(np.unique(net[0].weight.detach().numpy().round(3), axis=0))
        accuracy = history[-1]["valid_accuracy"]
        print(f"begin {name:15} {different:14d} {accuracy:11.1%}")
        lab.found(**{f"different_units_{name}": different, f"accuracy_{name}_units": accuracy})


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
