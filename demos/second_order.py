"""What are second derivatives good for? Newton's steps, curvature without a matrix, a differential equation as a loss.

    python -m demos.second_order

What to look at:

- valley.png: gradient descent creeps along Rosenbrock's valley for thousands of steps. Newton's method knows how the
  valley bends, and is at its end after half a dozen;
- quadratic.png: on 640 weights, the last of Newton's steps multiply the number of right digits, though no Hessian is
  built. Its product with a vector is the gradient of a gradient, and costs about as much as a few gradients;
- wave.png: a network that was told nothing but y'' = -y, y(0) = 0 and y'(0) = 1 has become the sine.
"""

import numpy as np

import autograd
import nn
from autograd import func, linalg
from nn import functional as F
from nn import optim, plot
from nn.data import datasets

from .lab import BLUE, GREY, INK, RED, Lab, axes


def main(lab):
    start = autograd.tensor([-1.2, 1.0], dtype=autograd.float64)
    newton, descent = walk(newton_step, start, 8), walk(gradient_step, start, 500 if lab.quick else 5000)
    lab.found(valley_newton=rosenbrock(*newton[-1]).item(), valley_descent=rosenbrock(*descent[-1]).item())
    runs = {"Newton": newton, "gradient descent": descent}
    lab.picture(plot.paths(rosenbrock, runs, minimum=(1, 1), heading="Rosenbrock's valley"), "valley.png")

    loss, start = loss_on_digits(), autograd.zeros(640, dtype=autograd.float64)
    costs, sizes = newton_without_a_hessian(loss, start, steps=7)
    descent = walk(lambda w: -2 * func.grad(loss)(w), start, steps=costs[-1])
    slow = [func.grad(loss)(w).norm().item() for w in descent]
    lab.found(passes=costs[-1], gradient_newton=sizes[-1], gradient_descent=slow[-1])
    lab.picture(picture_of_sizes(costs, sizes, slow), "quadratic.png")

    net = learn_equation(steps=8 if lab.quick else 20)
    t = autograd.linspace(0, 2 * np.pi, 200, dtype=autograd.float64).reshape(-1, 1)
    y, slope, bend = (values.detach() for values in derivatives(net, t))
    lab.found(distance_from_sine=(y - t.sin()).abs().max().item(), residual=(bend + y).abs().max().item())
    lab.picture(picture_of_wave(t, y, slope, bend), "wave.png")


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def height(place):
    return rosenbrock(*place)


def gradient_step(place):
    return -0.001 * func.grad(height)(place)


def newton_step(place):
    """The way to the minimum of the parabola that has the same slope and curvature here: H step = -g."""
    return linalg.solve(func.hessian(height)(place), -func.grad(height)(place))


def walk(step, place, steps):
    """All places that are visited when `step(place)` says how to go on."""
    places = [place]
    for _ in range(steps):
        places.append(places[-1] + step(places[-1]))
    return places


def loss_on_digits():
    """Softmax regression with a small penalty, as a function of its 640 weights in a row."""
    x, y = datasets.digits().tensors
    return lambda w: F.cross_entropy(x.double() @ w.reshape(64, 10), y) + 5e-4 * w.square().sum()


def newton_without_a_hessian(loss, w, steps):
    """How many gradients and products H v were computed before each step, and how long the gradient was there."""
    costs, sizes, products = [], [], 0
    for step in range(steps + 1):
        g = func.grad(loss)(w)
        costs.append(step + products)
        sizes.append(g.norm().item())
        way, used = conjugate_gradients(lambda v, w=w: func.hvp(loss, (w,), (v,))[1], -g, min(0.1, sizes[-1]))
        w, products = w + way, products + used
    return costs, sizes


def conjugate_gradients(product, b, tolerance):
    """Solves H x = b from products H v alone (Hestenes and Stiefel, 1952). Returns x, and how many it took."""
    x, rest, direction, used = 0 * b, b, b, 0
    while rest.norm() > tolerance * b.norm():
        bent, used, square = product(direction), used + 1, rest @ rest
        length = square / (direction @ bent)
        x, rest = x + length * direction, rest - length * bent
        direction = rest + (rest @ rest) / square * direction
    return x, used


def learn_equation(steps):
    """A network y(t) that obeys y'' = -y at 50 points, and begins with y = 0 and y' = 1 (Lagaris and others, 1998)."""
    net = nn.MLP(1, [32, 32, 1], activation=nn.Tanh).double()
    optimizer = optim.LBFGS(net.parameters(), history_size=50, line_search_fn="strong_wolfe")
    t = autograd.linspace(0, 2 * np.pi, 50, dtype=autograd.float64).reshape(-1, 1)

    def loss():
        y, slope, bend = derivatives(net, t)
        loss = (bend + y).square().mean() + y[0, 0] ** 2 + (slope[0, 0] - 1) ** 2
        optimizer.zero_grad()
        loss.backward()
        return loss

    for step in range(steps):
        print(f"step {step:2d}  loss {optimizer.step(loss).item():.1e}")
    return net


def derivatives(net, t):
    """y, y' and y'' at the points t (N, 1). Each y depends on its own t alone: deriving the sum derives each."""
    t = t.detach().requires_grad_()
    y = net(t)
    (slope,) = autograd.grad(y.sum(), t, create_graph=True)
    (bend,) = autograd.grad(slope.sum(), t, create_graph=True)
    return y, slope, bend


def picture_of_sizes(costs, sizes, slow):
    figure, ax = axes(6, 3.6, "Softmax regression: length of the gradient")
    ax.plot(slow, color=BLUE)
    ax.plot(costs, sizes, color=RED, marker="o")
    ax.text(costs[-3], 1e-11, "Newton's method,\na dot for each step", color=RED, ha="center")
    ax.text(costs[-1], 3 * slow[-1], "gradient descent", color=BLUE, ha="right")
    ax.set(yscale="log", xlabel="gradients and products with the Hessian")
    return figure


def picture_of_wave(t, y, slope, bend):
    figure, ax = axes(6, 3.6, "What a network learned from y'' = -y")
    for values, name, top, colour in ((y, "y", 0.5, BLUE), (slope, "y'", 2, GREY), (bend, "y''", 1.5, RED)):
        ax.plot(t, values, color=colour)
        ax.text(top * np.pi, 1.06, name, color=colour, ha="center")
    ax.plot(t[::8], t[::8].sin(), ".", color=INK, markersize=4)
    ax.set(xlabel="t (dots: the sine)", ylim=(-1.1, 1.25), xticks=[0, np.pi, 2 * np.pi], xticklabels=["0", "π", "2π"])
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
