"""Does the backward pass that is derived on paper give the gradients that the engine finds?

    python -m demos.by_hand

What to look at:

- the derivation: a line for each gradient, its shape, and how far it is from what the engine finds, given only the way
  forward: 1e-16 or so, which is rounding;
- the same few lines of `by_hand` serve any number of layers, three activations and two heads;
- losses.png: trained by hand and by the engine, from the same start, the loss is the same in all iterations.
"""

from itertools import pairwise, product

import numpy as np
from sklearn.datasets import load_iris, make_moons

import autograd

from .lab import BLUE, RED, Lab, axes


def main(lab):
    points, moon = make_moons(200, noise=0.15, random_state=lab.seed)
    X, Y = points.T, np.float64(moon[None, :])
    rng = np.random.default_rng(lab.seed)
    print("The derivation, for a 2-8-1 network with tanh and BCE, and how far each line is from the engine:")
    compare([2, 8, 1], X, Y, "tanh", "bce", rng, show=True)
    flowers, kind = load_iris(return_X_y=True)
    cases = {"bce": (X, Y), "softmax": (flowers.T / 8, np.eye(3)[kind].T)}
    apart = []
    for activation, (head, (x, y)), depth in product(ACTIVATIONS, cases.items(), (1, 2, 3)):
        apart.append(compare([len(x), *[8] * depth, len(y)], x, y, activation, head, rng))
    print(f"{len(apart)} networks, 3 activations, 2 heads, 1 to 3 hidden layers: apart by {max(apart):.1e} at most")
    parameters = initialize([2, 8, 1], rng)
    hand, engine = (train(way, parameters, X, Y, 200 if lab.quick else 1000) for way in (by_hand, by_engine))
    lab.found(gradients_apart=max(apart), losses_apart=np.abs(np.subtract(hand, engine)).max(), loss_after=hand[-1])
    lab.picture(losses_picture(hand, engine), "losses.png")


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def softmax(Z):
    exp = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    return exp / np.sum(exp, axis=0, keepdims=True)


# an activation, its slope in terms of its result A, and how that is written
ACTIVATIONS = {
    "relu": (lambda Z: Z * (Z > 0), lambda A: A > 0, "({} > 0)"),
    "tanh": (np.tanh, lambda A: 1 - A * A, "(1 - {}²)"),
    "sigmoid": (sigmoid, lambda A: A * (1 - A), "{0} (1 - {0})"),
}
HEADS = {  # the activation of the last layer, and the loss
    "bce": (sigmoid, lambda A, Y: -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))),
    "softmax": (softmax, lambda A, Y: -np.sum(Y * np.log(A)) / Y.shape[1]),
}


def initialize(sizes, rng):
    """Weights W1, W2, … and biases b1, b2, … of a network with layers of these sizes."""
    parameters = {}
    for layer, (before, after) in enumerate(pairwise(sizes), 1):
        parameters[f"W{layer}"] = rng.normal(0, before**-0.5, (after, before))
        parameters[f"b{layer}"] = np.zeros((after, 1))
    return parameters


def forward(parameters, X, activation, head):
    """All that is computed on the way, with the samples in columns: A0 = X, Z1 = W1 A0 + b1, A1 = g(Z1), …"""
    layers, values = len(parameters) // 2, {"A0": X}
    for layer in range(1, layers + 1):
        g = ACTIVATIONS[activation][0] if layer < layers else HEADS[head][0]
        values[f"Z{layer}"] = parameters[f"W{layer}"] @ values[f"A{layer - 1}"] + parameters[f"b{layer}"]
        values[f"A{layer}"] = g(values[f"Z{layer}"])
    return values


def by_hand(parameters, X, Y, activation, head):
    """The gradients of the loss: dW2, db2, dW1, …; and dZ2, dA1, … of the sum of the losses of all samples."""
    values, slope = forward(parameters, X, activation, head), ACTIVATIONS[activation][1]
    layers, m = len(parameters) // 2, Y.shape[1]
    grads = {f"dZ{layers}": values[f"A{layers}"] - Y}  # with either head
    for layer in range(layers, 0, -1):
        dZ = grads[f"dZ{layer}"]
        grads[f"dW{layer}"] = dZ @ values[f"A{layer - 1}"].T / m
        grads[f"db{layer}"] = np.sum(dZ, axis=1, keepdims=True) / m
        if layer > 1:
            grads[f"dA{layer - 1}"] = parameters[f"W{layer}"].T @ dZ
            grads[f"dZ{layer - 1}"] = grads[f"dA{layer - 1}"] * slope(values[f"A{layer - 1}"])
    return grads


def formula(name, layers, activation):
    """The line of the derivation that gives this gradient."""
    kind, layer = name[:2], int(name[2:])
    if kind == "dZ":
        return f"A{layer} - Y" if layer == layers else f"dA{layer} * {ACTIVATIONS[activation][2].format(f'A{layer}')}"
    lines = {"dW": "dZ{0} A{1}ᵀ / m", "db": "row sums of dZ{0} / m", "dA": "W{2}ᵀ dZ{2}"}
    return lines[kind].format(layer, layer - 1, layer + 1)


def by_engine(parameters, X, Y, activation, head):
    """The same by the engine. All it is told is `forward`, which runs on tensors as it does on arrays."""
    tensors = {name: autograd.tensor(p, requires_grad=True) for name, p in parameters.items()}
    values = forward(tensors, X, activation, head)
    loss = HEADS[head][1](values.popitem()[1], Y)  # of the last A
    del values["A0"]
    wanted = tensors | values
    grads = zip(wanted, autograd.grad(loss, list(wanted.values())), strict=True)
    return {f"d{name}": g.numpy() * (Y.shape[1] if name[0] in "ZA" else 1) for name, g in grads}


def compare(sizes, X, Y, activation, head, rng, show=False):
    """The largest difference between the gradients by hand and those of the engine."""
    parameters = initialize(sizes, rng)
    hand, engine = (way(parameters, X, Y, activation, head) for way in (by_hand, by_engine))
    apart = {name: np.abs(g - engine[name]).max() for name, g in hand.items()}
    for name in hand if show else ():
        line = f"{name} = {formula(name, len(sizes) - 1, activation)}"
        print(f"  {line:30} {hand[name].shape!s:10}  apart by {apart[name]:.1e}")
    return max(apart.values())


def train(gradients, parameters, X, Y, steps, lr=1.0):
    """Gradient descent on the 2-8-1 network. Returns the loss of each iteration."""
    losses = []
    for step in range(steps + 1):
        losses.append(HEADS["bce"][1](forward(parameters, X, "tanh", "bce")["A2"], Y))
        if step % 100 == 0:
            print(f"{gradients.__name__:9}  iteration {step:4}  loss {losses[-1]:.6f}")
        grads = gradients(parameters, X, Y, "tanh", "bce")
        parameters = {name: p - lr * grads[f"d{name}"] for name, p in parameters.items()}
    return losses


def losses_picture(hand, engine):
    figure, ax = axes(6, 3.4, "The same loss in every iteration")
    ax.plot(hand, color=BLUE, label="by hand")
    ax.plot(engine, "o", color=RED, markersize=5, markevery=len(engine) // 25, label="by the engine")
    ax.set(xlabel="iteration", ylabel="loss", ylim=0)
    ax.legend(frameon=False)
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
