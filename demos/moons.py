"""Tell two interleaving moons apart: micrograd's own demo, a 2-16-16-1 network trained with the max-margin loss.

    python -m demos.moons

What to look at:

- the accuracy reaches 100 % and the loss keeps falling: it asks each point not only to be on the right side of the
  boundary, but also to keep a distance from it;
- decision_boundary.png: the boundary is where the score is 0; the dashed lines, where it is -1 and 1, are the margins
  beyond which a point costs nothing. All three have corners: a network of relus is linear in pieces.
"""

import numpy as np
from sklearn.datasets import make_moons

import autograd
import nn
from nn import optim, plot

from .lab import Lab

HEADING = "Two moons, and where a 2-16-16-1 network draws the line"


def main(lab):
    points, moon = make_moons(n_samples=100, noise=0.1, random_state=1)
    x = autograd.tensor(points.astype(np.float32))
    y = autograd.tensor(np.where(moon == 1, 1, -1).astype(np.float32))
    net = nn.MLP(2, [16, 16, 1])
    lab.found(accuracy=train(net, x, y, steps=20 if lab.quick else 100))
    lab.picture(plot.decision_boundary(net, x, y, heading=HEADING), "decision_boundary.png")


def train(net, x, y, steps):
    """Gradient descent on all points at once, with a learning rate that falls from 1 to 0.1. Returns the accuracy."""
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
    return accuracy


if __name__ == "__main__":
    with Lab(__file__, __doc__, seed=3) as lab:
        main(lab)
