"""Train here, go on in PyTorch, come back: is it the same training, as if nobody had changed the library?

    python -m demos.to_pytorch

What to look at:

- the table: a copy of the network takes ten steps here and ten in PyTorch, and every output, loss, gradient and weight
  is compared. What differs are the last of 16 digits;
- `teach` in the code: one function trains in both libraries, because both have the same names;
- relay.png: the loss of a training that was handed over twice, with the state of its optimizer. Fifteen orders of
  magnitude below it, how far it is from the loss of the same training without a hand-over.

Without PyTorch only the training that stays here is run, and a line says so.
"""

import numpy as np

import autograd
import nn
from nn import interop, optim
from nn.data import datasets

from .lab import BLUE, INK, RED, Lab, axes

try:
    import torch
except ImportError:
    torch = None


def main(lab):
    x, y = (values.numpy() for values in datasets.digits().tensors)
    x = x.astype(np.float64)
    legs = np.array_split(batches(len(x), epochs=3 if lab.quick else 12), 3)

    net = network()
    stays = teach(net, optim.Adam(net.parameters(), lr=0.003), *tensors(autograd, x, y), np.concatenate(legs))
    lab.found(accuracy=accuracy(net, *tensors(autograd, x, y)))
    print(f"trained here: loss {stays[-1]:.4f}")
    if torch is None:
        print("PyTorch is not installed, so nothing is handed over to it: pip install torch")
        return
    autograd.manual_seed(lab.seed)
    relay, team = run_relay(lab, network(), x, y, legs)
    apart = np.abs(np.subtract(relay, stays))
    same = accuracy(team, *tensors(torch, x, y)) == lab.figures["accuracy"]
    lab.found(largest_difference_of_losses=apart.max().item(), same_accuracy=same)
    lab.picture(picture(relay, apart, legs), "relay.png")


def network():
    """A layer in front of a batch norm needs no bias: it would be subtracted again, with the mean."""
    return nn.Sequential(nn.Linear(64, 32, bias=False), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10)).double()


def run_relay(lab, net, x, y, legs):
    """One training in three legs: here, in PyTorch, and here again. Returns its losses, and the network of PyTorch."""
    here, there, baton = tensors(autograd, x, y), tensors(torch, x, y), lab.out / "baton.pt"
    lab.out.mkdir(parents=True, exist_ok=True)
    optimizer = optim.Adam(net.parameters(), lr=0.003)
    first = teach(net, optimizer, *here, legs[0])

    check = interop.compare(net, nn.CrossEntropyLoss(), (x[:256], y[:256]), optimizer=optimizer)
    print(check)
    lab.found(side_by_side="they agree" if check else f"{check.first.name} differs")

    interop.save_pt({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, baton)
    state = torch.load(baton)
    theirs = interop.to_torch(net)
    theirs.load_state_dict(state["net"])
    adam = torch.optim.Adam(theirs.parameters())
    adam.load_state_dict(state["optimizer"])
    second = teach(theirs, adam, *there, legs[1])

    torch.save({"net": theirs.state_dict(), "optimizer": adam.state_dict()}, baton)
    state = interop.load_pt(baton)
    net = interop.from_torch(theirs)
    optimizer = optim.Adam(net.parameters())
    optimizer.load_state_dict(state["optimizer"])
    third = teach(net, optimizer, *here, legs[2])
    return first + second + third, interop.to_torch(net)


def teach(net, optimizer, x, y, rows):
    """Train on one batch of rows after the other, in the library of all that is given. Returns the losses."""
    losses = []
    for batch in rows:
        scores = net(x[batch])
        loss = scores.logsumexp(1).mean() - scores[range(len(batch)), y[batch]].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def accuracy(net, x, y):
    """In evaluation mode, in either library."""
    return (net.eval()(x).argmax(1) == y).double().mean().item()


def batches(count, epochs, size=64):
    """The rows of each batch, (batches, size), shuffled in each epoch; what is left over is left out."""
    rng, full = np.random.default_rng(0), count - count % size
    return np.concatenate([rng.permutation(count)[:full].reshape(-1, size) for _ in range(epochs)])


def tensors(library, *arrays):
    return [library.from_numpy(array) for array in arrays]


def picture(relay, apart, legs):
    figure, ax = axes(7, 3.6, "One training, handed over twice")
    begin = 0
    for leg, name, colour in zip(legs, ("here", "in PyTorch", "here again"), (BLUE, RED, BLUE), strict=True):
        steps = range(begin, begin + len(leg))
        ax.plot(steps, relay[begin : steps.stop], color=colour, linewidth=1.5)
        ax.plot(steps, apart[begin : steps.stop], ".", color=colour, markersize=4)
        ax.text(begin + len(leg) / 2, 8, name, color=colour, ha="center")
        begin = steps.stop
    ax.text(0, 1e-4, "line: the loss", color=INK)
    about = "dots: its distance from the loss of a training that stayed here\n(no dot: equal to the last bit)"
    ax.text(0, 1e-13, about, color=INK)
    ax.set(yscale="log", ylim=(1e-18, 50), xlabel="step")
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
