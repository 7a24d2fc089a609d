"""The engine of this library in a hundred lines: what is left when everything but the idea is taken away.

    python demos/tiny_engine.py

trains a small network with it, in less than a second, to tell two interleaving moons apart. It needs nothing but NumPy.
Read it from top to bottom: the table of derivatives; tensors and the graph; the way forward; the way back; a network.
docs/how-it-works.md takes the same route and names, for each part, the file that holds the real one.
"""

import inspect
from heapq import heappop, heappush
from itertools import count

import numpy as np

# -- the table: all the calculus there is ------------------------------------------------------------------------------

RULES = {}


def define(function, *rules):
    """Enter a function with one rule per input. A rule receives g = dL/dout and whatever else its signature names."""
    RULES[function] = [(rule, list(inspect.signature(rule).parameters)[1:]) for rule in rules]


def spread(g, x_shape, axis=None, keepdims=False):
    """The gradient of a sum, handed to every element that went into it."""
    g = g if axis is None or keepdims else np.expand_dims(g, axis=axis)
    return np.broadcast_to(g, shape=x_shape)


define(np.add, lambda g: g, lambda g: g)
define(np.subtract, lambda g: g, lambda g: -g)
define(np.multiply, lambda g, y: g * y, lambda g, x: g * x)
define(np.divide, lambda g, y: g / y, lambda g, y, out: -g * out / y)
define(np.power, lambda g, x, y: g * y * x ** (y - 1), lambda g, x, out: g * out * np.log(x))
define(np.negative, lambda g: -g)
define(np.exp, lambda g, out: g * out)
define(np.log, lambda g, x: g / x)
define(np.sin, lambda g, x: g * np.cos(x))
define(np.cos, lambda g, x: g * -np.sin(x))
define(np.tanh, lambda g, out: g * (1 - out * out))
define(np.sign, lambda g: 0 * g)
define(np.absolute, lambda g, x: g * np.sign(x))
define(np.maximum, lambda g, x, y: g * (1 + np.sign(x - y)) / 2, lambda g, x, y: g * (1 + np.sign(y - x)) / 2)
define(np.matmul, lambda g, y: g @ y.mT, lambda g, x: x.mT @ g)
define(np.matrix_transpose, lambda g: g.mT)
define(np.sum, spread)
define(np.broadcast_to, lambda g: g)
define(np.reshape, lambda g, x_shape: np.reshape(g, shape=x_shape))
define(np.expand_dims, lambda g, x_shape: np.reshape(g, shape=x_shape))

# -- tensors, and the graph that remembers how they were computed ------------------------------------------------------


class Tensor(np.lib.mixins.NDArrayOperatorsMixin):
    """An array, and the node that made it: None if no gradient is wanted."""

    def __init__(self, data, node=None):
        self.data, self.node = data, node

    def __array_ufunc__(self, function, method, *inputs):
        """What NumPy calls for x * y and for np.exp(x)."""
        return apply(function, *inputs) if method == "__call__" else NotImplemented

    def __array_function__(self, function, types, inputs, options):
        """What NumPy calls for np.sum(x, axis=0)."""
        return apply(function, *inputs, **options)

    sum = np.sum
    mT = property(np.matrix_transpose)
    shape = property(lambda self: self.data.shape)


class Node:
    """One use of a function. Each edge is the node of an input, its rule, and the values that the rule reads."""

    stamps = count()

    def __init__(self, shape, edges=()):
        self.shape, self.edges, self.stamp = shape, edges, next(self.stamps)


def tensor(data, requires_grad=False):
    """A tensor that was not computed from others: if it requires a gradient, a leaf of the graph."""
    return Tensor(np.array(data, float), Node(np.shape(data)) if requires_grad else None)


def array(x):
    """The array inside a tensor; anything else as it is."""
    return x.data if isinstance(x, Tensor) else x


# -- forward: compute and record ---------------------------------------------------------------------------------------


def apply(function, *inputs, **options):
    """Call a function on the arrays inside its inputs. If a gradient is wanted, keep what the rules read, no more."""
    arrays = [array(x) for x in inputs]
    out = Tensor(function(*arrays, **options))
    values = {"out": out.data, "x_shape": np.shape(arrays[0]), **options, **dict(zip("xy", inputs, strict=False))}
    edges = [
        (x.node, rule, {name: values[name] for name in reads if name in values})
        for x, (rule, reads) in zip(inputs, RULES[function], strict=True)
        if isinstance(x, Tensor) and x.node
    ]
    out.node = Node(out.shape, edges) if edges else None
    return out


# -- backward: walk the graph, youngest node first ---------------------------------------------------------------------


def grad(out, inputs, create_graph=False):
    """The gradients of out with respect to inputs: arrays, or with create_graph tensors, to be differentiated again."""
    g = np.ones(out.shape)
    grads = walk(out.node, Tensor(g) if create_graph else g)
    return [grads[x.node] for x in inputs]


def walk(root, g):
    """The gradients of root, whose own is g, and of every node that it was computed from.

    A result is younger than its inputs. So once a node is the youngest one waiting, its gradient is complete.
    """
    grads, waiting = {root: g}, [(-root.stamp, root)]
    while waiting:
        _, node = heappop(waiting)
        g = grads[node]
        for edge, rule, saved in node.edges:
            if edge not in grads:
                heappush(waiting, (-edge.stamp, edge))
            r = rule(g, **recall(g, saved, node))
            grads[edge] = grads.get(edge, 0) + unbroadcast(r, edge.shape)
    return grads


def recall(g, saved, node):
    """What a node saved: arrays if g is an array, and tensors if g is a tensor, so that the rule records itself."""
    if isinstance(g, Tensor):
        return {name: Tensor(value, node) if name == "out" else value for name, value in saved.items()}
    return {name: array(value) for name, value in saved.items()}


def unbroadcast(g, shape):
    """Sum g over the axes along which broadcasting repeated an array of this shape."""
    padded = (1,) * (len(g.shape) - len(shape)) + shape
    repeated = tuple(i for i, n in enumerate(padded) if n != g.shape[i])
    return np.reshape(np.sum(g, axis=repeated), shape=shape) if repeated else g


# -- a network ---------------------------------------------------------------------------------------------------------


def moons(n, rng):
    """n points on two half circles that reach into each other, (n, 2), and which of the two each is on, (n, 1): ±1."""
    y, angle = rng.choice([-1, 1], (n, 1)), rng.uniform(0, np.pi, (n, 1))
    circles = y * np.hstack([np.cos(angle), np.sin(angle)]) + (1 - y) * [0.5, 0.25]
    return circles + rng.normal(0, 0.1, (n, 2)), y


def train(steps=500, lr=1.0, seed=0):
    """Gradient descent on the logistic loss of a 2-16-16-1 network."""
    rng = np.random.default_rng(seed)
    x, y = moons(200, rng)
    shapes = [(2, 16), (16,), (16, 16), (16,), (16, 1), (1,)]
    w1, b1, w2, b2, w3, b3 = parameters = [tensor(rng.normal(0, 0.5, shape), requires_grad=True) for shape in shapes]
    for step in range(steps + 1):
        score = np.tanh(np.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3
        loss = np.log(1 + np.exp(-y * score)).sum() / len(y)
        for p, g in zip(parameters, grad(loss, parameters), strict=True):
            p.data -= lr * g
        if step % 100 == 0:
            print(f"step {step:3d}  loss {loss.data:.4f}  accuracy {np.mean(y * score.data > 0):6.1%}")


if __name__ == "__main__":
    train()
