"""Scripts that train and use layers whose programs are of a special kind: with states, indices, modes and times.

A script takes `compiled`, which makes a function a compiled one or leaves it alone, and returns all that can be seen.
"""

import copy
import pickle

import autograd
import nn
from autograd import tensor
from nn import functional as F
from nn import optim
from nn.utils import clip_grad_norm_, clip_grad_value_


def trained(compiled, make, loss_of, batch, between=lambda net, i: None, calls=7, after=lambda net: None):
    """A network trained for some calls by a compiled step, with something between them; all that it then is."""
    autograd.manual_seed(0)
    net = make()
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def step(*xs):
        optimizer.zero_grad()
        loss = loss_of(net, *xs)
        loss.backward()
        norm = after(net)
        optimizer.step()
        return loss, norm

    step, seen = compiled(step), []
    for i in range(calls):
        seen.append(step(*batch(i)))
        between(net, i)
    return [*seen, *net.state_dict().values(), *[p.grad for p in net.parameters()], optimizer.state_dict()]


def vectors(n=6, width=5):
    return lambda i: (autograd.randn(n, width),)


def square(net, x):
    return (net(x) ** 2).mean()


def modes(net, i):
    net.train(i % 6 < 3)


def network(bias=True):
    """The norm takes the bias before it away, whose gradient is nothing but rounding."""
    return nn.Sequential(nn.Linear(5, 6, bias=bias), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.4), nn.Linear(6, 5))


class Recurrent(nn.Module):
    """A network over time: the last output of a recurrent layer, by a linear one."""

    def __init__(self, kind, **options):
        super().__init__()
        self.cells, self.out = getattr(nn, kind)(5, 4, batch_first=True, **options), nn.LazyLinear(3)

    def forward(self, x):
        return self.out(self.cells(x)[0][:, -1])


def recurrent(kind, **options):
    return lambda compiled: trained(
        compiled, lambda: Recurrent(kind, **options), square, lambda i: (autograd.randn(3, 4, 5),)
    )


def words(**options):
    """An embedding whose first index is padding."""
    make = lambda: nn.Sequential(nn.Embedding(7, 5, padding_idx=0, **options), nn.Flatten(), nn.Linear(15, 2))
    return lambda compiled: trained(compiled, make, square, lambda i: (autograd.randint(7, (4, 3)),))


def cross_entropy(ignore_index=-100, **options):
    """Some of the labels are ignored in four calls, none in the next four."""

    def loss(net, x, y):
        return F.cross_entropy(net(x), y, ignore_index=ignore_index, **options)

    def batch(i):
        labels = autograd.randint(5, (6,))
        labels[labels == max(ignore_index, 0)] = 1
        labels[:2] = 4 if i % 8 > 3 else ignore_index
        return autograd.randn(6, 5), labels

    return lambda compiled: trained(compiled, lambda: nn.Linear(5, 5), loss, batch, calls=16)


def nothing_counted(compiled):
    """All labels are ignored in some calls: the mean of none."""
    batch = lambda i: (autograd.randn(6, 5), autograd.full((6,), -100 if i % 3 == 2 else 1, dtype=autograd.int64))
    loss = lambda net, x, y: F.cross_entropy(net(x), y) + 0.0 * net(x).sum()
    return trained(compiled, lambda: nn.Linear(5, 5), loss, batch)


def a_forward_pass(compiled):
    """A compiled forward pass in a graph around it, in both modes, with gradients in its argument or not."""
    autograd.manual_seed(0)
    net = network()
    forward, seen = compiled(net), []
    for i in range(14):
        net.train(i % 7 < 4)
        x = autograd.randn(6, 5, requires_grad=i % 2 == 0)
        out = forward(x)
        (out * 2).tanh().sum().backward()
        seen += [out.detach(), x.grad, *[p.grad.clone() for p in net.parameters()]]
        net.zero_grad(set_to_none=i % 4 == 0)
    with autograd.no_grad():
        seen += [forward(autograd.randn(6, 5)) for _ in range(4)]
    return [*seen, *net.state_dict().values()]


def two_forward_passes_kept(compiled):
    """Two results of one compiled pass, differentiated in the other order: each has what it saved of its own."""
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2))
    forward, seen = compiled(net), []
    for _ in range(5):
        a, b = autograd.randn(3, 5, requires_grad=True), autograd.randn(3, 5, requires_grad=True)
        first, second = forward(a), forward(b)
        (second**2).sum().backward()
        (first**3).sum().backward()
        seen += [a.grad, b.grad]
    return [*seen, *[p.grad for p in net.parameters()]]


def copies(compiled):
    """A deep copy and a pickled copy of a compiled module go on by themselves."""
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 5))
    forward, seen = compiled(net), []
    for _ in range(4):
        seen.append(forward(autograd.randn(6, 5)).detach())
    for other in (copy.deepcopy(forward), pickle.loads(pickle.dumps(forward))):
        other.get_submodule("0").weight.data.mul_(2)
        for _ in range(4):
            x = autograd.randn(6, 5)
            seen += [other(x).detach(), forward(x).detach()]
    return seen


def two_functions_that_share_a_network(compiled):
    """One step trains, one looks, one trains only a part: they share parameters and buffers."""
    autograd.manual_seed(0)
    net = network()
    whole, part = optim.SGD(net.parameters(), lr=0.1), optim.Adagrad(net[4].parameters(), lr=0.1)

    def step_of(optimizer):
        def step(x):
            net.zero_grad()
            loss = (net(x) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss

        return step

    def look(x):
        with autograd.no_grad():
            return net(x).mean(0)

    functions, seen = [compiled(step_of(whole)), compiled(step_of(part)), compiled(look)], []
    for i in range(30):
        seen.append(functions[i % 3](autograd.randn(6, 5)))
    return [*seen, *net.state_dict().values()]


def checkpointed(compiled):
    from autograd import checkpoint

    make = lambda: nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Dropout(0.3), nn.Linear(5, 5))
    return trained(compiled, make, lambda net, x: (checkpoint(net, x) ** 2).mean(), vectors())


def parameters_that_come_and_go(compiled):
    """A bias taken away, a parameter replaced, one shared, one frozen."""

    def change(net, i):
        if i == 3:
            net[0].bias = None
        elif i == 7:
            net[2].weight = nn.Parameter(autograd.ones(5, 4))
        elif i == 11:
            net[0].weight.requires_grad_(False)

    make = lambda: nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 5))
    return trained(compiled, make, square, vectors(), change, calls=16)


def shared_weights(compiled):
    def make():
        net = nn.Sequential(nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 5))
        net[2].weight = net[0].weight
        return net

    return trained(compiled, make, square, vectors())


def clipped(how):
    return lambda compiled: trained(compiled, network, square, vectors(), modes, calls=13, after=how)


def attention(compiled):
    make = lambda: nn.TransformerEncoderLayer(6, 2, 8, dropout=0.1, batch_first=True)
    return trained(compiled, make, square, lambda i: (autograd.randn(2, 3, 6),), modes, calls=10)


def images(compiled):
    make = lambda: nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(12, 3),
    )
    batch = lambda i: (autograd.randn(4, 2, 4, 4).round(),)
    return trained(compiled, make, square, batch, modes, calls=10)


def mixed_precision(compiled):
    loss = lambda net, x: (net(x.half().float()).double() ** 2).mean().float()
    return trained(compiled, lambda: network(bias=False), loss, vectors())


def autocast_inside(compiled):
    def loss(net, x):
        with autograd.autocast("cpu", dtype=autograd.bfloat16):
            out = net(x)
        return (out.float() ** 2).mean()

    return trained(compiled, lambda: nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 5)), loss, vectors())


def second_derivatives_inside(compiled):
    def loss(net, x):
        x.requires_grad_()
        (g,) = autograd.grad(net(x).tanh().sum(), x, create_graph=True)
        return (g**2).sum()

    batch = lambda i: (autograd.randn(6, 5, requires_grad=True),)
    return trained(compiled, lambda: nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1)), loss, batch)


ATTACKS = {
    "RNN": recurrent("RNN"), "LSTM": recurrent("LSTM", num_layers=2, dropout=0.2),
    "GRU both ways": recurrent("GRU", bidirectional=True),
    "words": words(), "words with a largest norm": words(max_norm=1.0),
    "words by frequency": words(scale_grad_by_freq=True),
    "ignored labels": cross_entropy(ignore_index=2),
    "weights and smoothed labels": cross_entropy(weight=tensor([1.0, 2.0, 0.0, 0.5, 3.0]), label_smoothing=0.1),
    "a sum over labels": cross_entropy(reduction="sum"), "no labels at all": nothing_counted,
    "a forward pass": a_forward_pass, "two forward passes kept": two_forward_passes_kept, "copies": copies,
    "two functions that share a network": two_functions_that_share_a_network, "checkpointed": checkpointed,
    "parameters that come and go": parameters_that_come_and_go, "shared weights": shared_weights,
    "a clipped norm": clipped(lambda net: clip_grad_norm_(net.parameters(), 0.5)),
    "clipped values": clipped(lambda net: clip_grad_value_(net.parameters(), 0.01)),
    "attention": attention, "images": images, "mixed precision": mixed_precision, "autocast inside": autocast_inside,
    "second derivatives inside": second_derivatives_inside,
}  # fmt: skip
