"""Programs that run plain and checkpointed, here and in torch: of a library, its nn, a batch and two matrices."""

import numpy as np


def perceptron(m, nn, x, w, v):
    return ((x @ w).relu() @ v).tanh()


def closure(m, nn, x, w, v):
    def inner(y):
        return m.sin(y @ w) * y

    return inner(inner(x)).exp()


def attention(m, nn, x, w, v):
    q, k = x @ w, x @ v
    weights = m.softmax(q @ k.mT / 2, dim=-1)
    return nn.functional.layer_norm(x + weights @ q, (x.shape[-1],))


def recurrent(m, nn, x, w, v):
    h = m.zeros(x.shape[-1], dtype=x.dtype)
    states = []
    for row in x:
        h = m.tanh(row @ w + h @ v)
        states.append(h)
    return m.stack(states)


def normalized(m, nn, x, w, v):
    return nn.functional.batch_norm(x @ w, m.zeros_like(x[0]), m.ones_like(x[0]), training=True) @ v


def in_place(m, nn, x, w, v):
    h = x @ w
    h.mul_(2)
    h[:, 0] = h[:, 1] * 2
    h += x
    h[:, 1:].pow_(2)
    return (h.clone().sigmoid_() @ v).exp_()


def many_outputs(m, nn, x, w, v):
    h = x @ w
    return {"first": h.exp(), "rest": [(h @ v).sin(), h.detach(), 3, (x,)]}


def views(m, nn, x, w, v):
    h = (x @ w).t().reshape(-1)[1:]
    return m.cat([h, h.flip(0)]) * x.sum()


def own_function(m, nn, x, w, v):
    function = getattr(m, "Function", None) or m.autograd.Function

    class Product(function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b, a * b)
            return a * b, a + b

        @staticmethod
        def backward(ctx, g, h):
            a, b, _ = ctx.saved_tensors
            return g * b + h, g * a + h

    product, total = Product.apply((x @ w).tanh(), x.exp())
    return product * total @ v


def frozen(m, nn, x, w, v):
    h = (x.detach() @ w.detach()).exp()
    with m.no_grad():
        h = h * 2
    return h @ v


def gradient_inside(m, nn, x, w, v):
    grad = getattr(m, "grad", None) or m.autograd.grad
    energy = (x @ w).tanh().square().sum()
    (force,) = grad(energy, x, create_graph=True)
    return force @ v


def losses(out):
    """One number of whatever a program returned."""
    if isinstance(out, dict):
        out = list(out.values())
    if isinstance(out, list | tuple):
        return sum(losses(each) for each in out)
    return out.square().sum() if hasattr(out, "square") else out


PROGRAMS = {
    program.__name__: program
    for program in (
        perceptron, closure, attention, recurrent, normalized, in_place, many_outputs, views, own_function, frozen,
        gradient_inside,
    )
}  # fmt: skip


def leaves(m, seed=0, n=4, width=3):
    """A batch and two matrices, as leaves of the library `m`."""
    rng = np.random.default_rng(seed)
    return [m.tensor(rng.standard_normal(shape) / 2, requires_grad=True)
            for shape in ((n, width), (width, width), (width, width))]  # fmt: skip
