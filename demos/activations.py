"""Seven activation functions: what they are, whether their gradients are right, and how well networks learn with them.

    python -m demos.activations

What to look at:

- gallery.png: each function with its derivative. Where the background is grey, almost no gradient comes through;
- the table of checks: the engine and PyTorch both compare our gradients with differences of the function. A gradient
  that is wrong on purpose stands in the last line, so that you see a check fail;
- xor.png and digits.png: with one hidden layer all seven learn; the sigmoid is the slowest on the digits;
- vanishing.png: eight hidden layers that differ in nothing but the function. On its way back through the sigmoids the
  gradient shrinks about fourfold in each layer, and the network learns nothing;
- dead.png: steps that were too long have thrown the ReLUs to where they are off for every image. Their gradient is 0
  there, so they never come back; leaky ones go on learning.
"""

import autograd
import nn
from nn import init, optim, plot
from nn.data import DataLoader, datasets, stratified_split
from nn.train import Accuracy, Trainer

from .lab import Lab

FUNCTIONS = {"ReLU": nn.ReLU, "LeakyReLU": nn.LeakyReLU, "ELU": nn.ELU, "GELU": nn.GELU, "Swish": nn.SiLU}
FUNCTIONS |= {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
POINTS = [-3.0, -1.2, -0.4, 0.3, 0.9, 2.5]  # none at a kink, where no derivative is the right one


def main(lab):
    lab.picture(plot.activations({name: function() for name, function in FUNCTIONS.items()}), "gallery.png")
    check_gradients(lab)
    train, valid = stratified_split(datasets.digits(), 0.8)
    learn_xor(lab)
    learn_digits(lab, train, valid)
    let_gradients_vanish(lab, train, valid)
    kill_relus(lab, train, valid)


def check_gradients(lab):
    """Ask the engine and PyTorch whether each gradient agrees with (f(x + eps) - f(x - eps)) / (2 eps)."""
    checked = {name: function() for name, function in FUNCTIONS.items()} | {"wrong on purpose": wrong}
    x = autograd.tensor(POINTS, dtype=autograd.float64, requires_grad=True)
    ours = {name: autograd.gradcheck(function, [x], raise_exception=False) for name, function in checked.items()}
    try:
        torchs = {name: judged_by_torch(function) for name, function in checked.items()}
    except ImportError:
        torchs = {}
        print("PyTorch is not installed, so its judgment is left out: pip install torch")
    print(f"\n{'gradient of':18} {'our gradcheck':15} {'PyTorch’s' if torchs else ''}")
    for name, passed in ours.items():
        print(f"{name:18} {verdict(passed):15} {verdict(torchs.get(name))}")
    lab.found(right_by_our_check=sum(ours.values()))
    if torchs:
        lab.found(right_by_pytorchs_check=sum(torchs.values()), both_agree=ours == torchs)


def wrong(x):
    """x³, with a gradient of x² in place of 3 x²: two of the three factors are cut off from the graph."""
    return x * (x * x).detach()


def verdict(passed):
    return {True: "right", False: "WRONG", None: ""}[passed]


def judged_by_torch(function):
    """What torch.autograd.gradcheck says of a function of ours, which PyTorch calls forward and backward."""
    import torch

    class Ours(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = autograd.tensor(x.numpy(), requires_grad=True)
            ctx.out = function(ctx.x)
            return torch.tensor(ctx.out.tolist(), dtype=x.dtype)

        @staticmethod
        def backward(ctx, g):
            (dx,) = autograd.grad(ctx.out, ctx.x, autograd.tensor(g.numpy()), retain_graph=True)
            return torch.tensor(dx.tolist(), dtype=g.dtype)

    x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
    return torch.autograd.gradcheck(Ours.apply, x, raise_exception=False)


def learn_xor(lab):
    x, y = datasets.gates("XOR").tensors
    data, histories = (x, y.reshape(-1, 1).float()), {}
    epochs = 100 if lab.quick else 200
    for name, function in FUNCTIONS.items():
        net = seeded(lab, 2, [8, 1], function)
        steps = optim.Adam(net.parameters(), lr=0.05)
        histories[name] = Trainer(progress=False).fit(net, data, None, epochs, steps, nn.BCEWithLogitsLoss())
    lab.picture(plot.compare_runs(histories, "loss", heading="XOR with eight hidden units"), "xor.png")
    lab.found(largest_xor_loss=max(history[-1]["loss"] for history in histories.values()))


def learn_digits(lab, train, valid):
    epochs = 2 if lab.quick else 20
    runs = {name: fit(seeded(lab, 64, [64, 10], f), train, valid, epochs) for name, f in FUNCTIONS.items()}
    heading = "Training loss on 8 x 8 digits, one hidden layer"
    lab.picture(plot.compare_runs(runs, "loss", heading=heading), "digits.png")
    lab.found(**{f"digits_{name}": history[-1]["valid_accuracy"] for name, history in runs.items()})


def let_gradients_vanish(lab, train, valid):
    """Compare the gradient in the first layer with that in the last, in nets of eight hidden layers."""
    nets = {name: seeded(lab, 64, [64] * 8 + [10], FUNCTIONS[name]) for name in ("ReLU", "tanh", "sigmoid")}
    x, y = next(iter(DataLoader(train, 256)))
    for name, net in nets.items():
        weights = [weight for weight in net.parameters() if weight.ndim == 2]
        for weight in weights:
            init.xavier_normal_(weight)
        nn.CrossEntropyLoss()(net(x), y).backward()
        ratio = (weights[0].grad.norm() / weights[-1].grad.norm()).item()
        lab.found(**{f"first_to_last_gradient_{name}": ratio})
    heading = "The gradient on its way back through eight layers"
    lab.picture(plot.initialization(nets, x, y=y, loss=nn.CrossEntropyLoss(), heading=heading), "vanishing.png")
    for name, net in nets.items():
        lab.found(**{f"deep_{name}": fit(net, train, valid, 2 if lab.quick else 10)[-1]["valid_accuracy"]})


def kill_relus(lab, train, valid):
    x, _ = next(iter(DataLoader(train, len(train))))
    for name in ("LeakyReLU", "ReLU"):
        net = seeded(lab, 64, [32, 10], FUNCTIONS[name])
        history = fit(net, train, valid, 2 if lab.quick else 10, lr=2.0)
        off = (net[0](x) <= 0).all(0).double().mean().item()
        lab.found(**{f"off_{name}": off, f"too_fast_{name}": history[-1]["valid_accuracy"]})
    lab.picture(plot.weights(net, x=x, heading="ReLUs after steps that were too long"), "dead.png")


def seeded(lab, inputs, sizes, function):
    """A network that starts with the same weights, whatever its activation function."""
    autograd.manual_seed(lab.seed)
    return nn.MLP(inputs, sizes, activation=function)


def fit(net, train, valid, epochs, lr=0.1):
    trainer = Trainer(metrics=[Accuracy()], progress=False)
    return trainer.fit(net, train, valid, epochs, optim.SGD(net.parameters(), lr=lr), nn.CrossEntropyLoss())


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
