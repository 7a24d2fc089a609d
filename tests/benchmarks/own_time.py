"""The engine's own time: the parts of a training step beside NumPy's calls alone, and whole steps beside PyTorch's.

    python -m tests.benchmarks.own_time              # on one thread, in processor time, in turns; about two minutes
"""

from itertools import pairwise
from statistics import median
from time import process_time

import numpy as np
import torch
from threadpoolctl import threadpool_limits

import autograd
import nn
from nn import functional as F
from tests.benchmarks.revisions import NETWORKS

WIDER = {"step of 3072-512-256-10, batch 128, Adam": ((3072, 512, 256, 10), 128, "Adam")}


def data(sizes, batch):
    rng = np.random.default_rng(0)
    return rng.standard_normal((batch, sizes[0])).astype(np.float32), rng.integers(0, sizes[-1], batch)


def network(library, sizes):
    layers = [library.Linear(*pair) for pair in pairwise(sizes)]
    return library.Sequential(*[part for layer in layers for part in (layer, library.ReLU())][:-1])


def parts(sizes, batch, optimizer):
    """The parts of a step, by name: here, and the same arithmetic in NumPy alone (None: there is none)."""
    x, y = data(sizes, batch)
    net = network(nn, sizes)
    optimizer = getattr(nn.optim, optimizer)(net.parameters(), lr=1e-3)
    X, Y, ps = autograd.tensor(x), autograd.tensor(y), list(net.parameters())
    ws = [p.numpy(force=True) for p in ps]
    values = [x]
    out = net(X)

    def forward():
        values[1:] = []
        for w, b in zip(ws[::2], ws[1::2]):
            h = values[-1] @ w.T
            h += b
            values.append(h if w is ws[-2] else np.maximum(h, 0))

    def loss():
        d = values[-1] - values[-1].max(1, keepdims=True)
        return (np.log(np.exp(d).sum(1)) - d[np.arange(batch), y]).mean()

    def backward():
        d = values[-1] - values[-1].max(1, keepdims=True)
        e = np.exp(d)
        g = e / e.sum(1, keepdims=True)
        g[np.arange(batch), y] -= 1
        g /= batch
        for i in range(len(values) - 2, -1, -1):
            _ = g.T @ values[i], np.add.reduce(g, 0)
            if i:
                g = (g @ ws[2 * i]) * (values[i] > 0)

    forward()
    graph = F.cross_entropy(out, Y)
    graph.backward(retain_graph=True)
    grads = [p.grad for p in ps]

    def again():
        optimizer.zero_grad()
        graph.backward(retain_graph=True)

    def step():
        for p, g in zip(ps, grads):
            p.grad = g
        optimizer.step()

    def whole():
        optimizer.zero_grad()
        F.cross_entropy(net(X), Y).backward()
        optimizer.step()

    return {
        "network, forward": (lambda: net(X), forward),
        "cross entropy, forward": (lambda: F.cross_entropy(out, Y), loss),
        "zero_grad, and backward": (again, backward),
        "optimizer": (step, None),
        "the whole step": (whole, None),
    }


def step(library, optimizers, tensor, sizes, batch, optimizer):
    x, y = map(tensor, data(sizes, batch))
    net, loss = network(library, sizes), library.CrossEntropyLoss()
    optimizer = getattr(optimizers, optimizer)(net.parameters(), lr=1e-3)

    def run():
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return run


def expression(tensor):
    x = tensor(np.random.default_rng(0).standard_normal(1 << 20).astype(np.float32)).requires_grad_()

    def run():
        x.grad = None
        (x.tanh() * (-x * x).exp() + x.relu()).sum().backward()

    return run


def scalars(tensor):
    a, b = tensor(0.3).requires_grad_(), tensor(0.9).requires_grad_()

    def run():
        c = a
        for _ in range(133):
            c = (c * b + a).tanh()
        c.backward()

    return run


def hessian_vector_product(tensor, functional, grad):
    rng = np.random.default_rng(0)
    shapes = (128, 64), (128,), (10, 128), (10,)
    ws = [tensor(rng.standard_normal(shape).astype(np.float32) / 10).requires_grad_() for shape in shapes]
    vs = [tensor(rng.standard_normal(shape).astype(np.float32)) for shape in shapes]
    x, y = map(tensor, data((64, 128, 10), 64))

    def run():
        hidden = functional.linear(x, *ws[:2]).tanh()
        gs = grad(functional.cross_entropy(functional.linear(hidden, *ws[2:]), y), ws, create_graph=True)
        return grad(sum((g * v).sum() for g, v in zip(gs, vs)), ws)

    return run


def beside_torch():
    """What is timed, by name: here and in PyTorch."""
    return {
        **{
            name: (step(nn, nn.optim, autograd.tensor, *of), step(torch.nn, torch.optim, torch.tensor, *of))
            for name, of in (NETWORKS | WIDER).items()
        },
        "tanh(x) exp(-x²) + relu(x), 2^20 numbers": (expression(autograd.tensor), expression(torch.tensor)),
        "Hessian-vector product, 64-128-10": (
            hessian_vector_product(autograd.tensor, F, autograd.grad),
            hessian_vector_product(torch.tensor, torch.nn.functional, torch.autograd.grad),
        ),
        "399 ops on scalars, forward and backward": (scalars(autograd.tensor), scalars(torch.tensor)),
    }


def in_turns(functions, rounds=31, seconds=5e-3):
    """Seconds of processor time per call of each function, by round: a block of each in turn."""
    loops = []
    for run in functions:
        run()
        start = process_time()
        run()
        loops.append(max(1, round(seconds / max(process_time() - start, 1e-6))))
    times = []
    for i in range(rounds):
        took = {}
        for run, n in list(zip(functions, loops))[:: 1 if i % 2 else -1]:
            start = process_time()
            for _ in range(n):
                run()
            took[run] = (process_time() - start) / n
        times.append([took[run] for run in functions])
    return times


def report(rounds=31):
    """The lines of both tables."""
    for name, of in NETWORKS.items():
        if "2-16-16-2" in name or "784-128-10" in name:
            yield from (f"{name} | µs | NumPy's calls alone", "--- | ---: | ---:")
            for part, pair in parts(*of).items():
                times = zip(*in_turns([run for run in pair if run], rounds))
                yield f"{part} | {' | '.join(f'{median(t) * 1e6:.1f}' for t in times)}{'' if pair[1] else ' |'}"
            yield ""
    yield from ("one thread | chalkgrad, µs | PyTorch | ratio", "--- | ---: | ---: | ---:")
    for name, pair in beside_torch().items():
        times = in_turns(pair, rounds)
        ours, theirs = (median(t) * 1e6 for t in zip(*times))
        yield f"{name} | {ours:,.0f} | {theirs:,.0f} | {median(a / b for a, b in times):.2f}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for line in report():
            print(line, flush=True)
