"""A program for two ranks: what DistributedDataParallel does besides averaging."""

import pytest

import autograd
import nn
from nn import distributed as dist

dist.init_process_group()
rank = dist.get_rank()
sent = []
group = dist.process_group.the_group()
announce = group.announce
group.announce = lambda what: sent.append(what) or announce(what)


class Two(nn.Module):
    def __init__(self):
        self.a, self.b = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        self.register_buffer("seen", autograd.tensor(float(rank)))

    def forward(self, x, which="ab"):
        return sum(getattr(self, name)(x) for name in which)


def grads(net):
    return [p.grad if p.grad is None else p.grad.item() for p in net.parameters()]


x = autograd.tensor([[rank + 1.0]])  # gradients of 1 and 2
net = dist.DistributedDataParallel(Two())
assert list(net.state_dict()) == ["module.seen", "module.a.weight", "module.b.weight"]
assert net.module.seen.item() == 0.0  # that of rank 0

sent.clear()
with net.no_sync():
    net(x).sum().backward()
    net(x).sum().backward()
assert not sent
assert grads(net) == [2 * (rank + 1.0)] * 2
net(x).sum().backward()  # all that has come together is averaged
assert [what for what in sent if "gradients" in what] == ["the gradients of backward pass 0"]
assert grads(net) == [4.5] * 2

net.zero_grad()
(g,) = autograd.grad(net(x).sum(), [net.module.a.weight])  # not backward: nobody else is asked
assert g.item() == rank + 1.0
net(x, "b").sum().backward()
with pytest.raises(RuntimeError, match=r"took no part in the loss: a.weight. If"):
    net(x)

net = dist.DistributedDataParallel(Two())
net.module.a.weight.requires_grad_(False)  # after it was counted in
net(x).sum().backward()
with pytest.raises(RuntimeError, match=r"took no part in the loss: a.weight. If"):
    net(x)
net.find_unused_parameters = True
net.zero_grad()
net.reduction = None
net(x).sum().backward()
assert grads(net) == [None, 1.5]

net = dist.DistributedDataParallel(Two(), find_unused_parameters=True)
net(x, "a" if rank else "b").sum().backward()
assert grads(net) == [1.0, 0.5]  # zero where it took no part
net.zero_grad()
net(x, "b").sum().backward()
assert grads(net) == [None, 1.5]  # used nowhere: left as it was

net = dist.DistributedDataParallel(nn.Linear(1, 1, bias=False, dtype=autograd.bfloat16))
net(x.to(autograd.bfloat16)).sum().backward()
assert net.module.weight.grad.dtype == autograd.bfloat16
assert grads(net) == [1.5]

net = dist.DistributedDataParallel(Two())
earlier, later = net(x).sum(), net(x).sum()
later.backward()
net.zero_grad()
with net.no_sync():
    earlier.backward()  # of an older graph
assert grads(net) == [rank + 1.0] * 2
net.zero_grad()
earlier, later = net(x).sum(), net(x).sum()
later.backward()
inner = net.module
del net, later
inner.zero_grad()
earlier.backward()
assert grads(inner) == [rank + 1.0] * 2

shared = nn.Linear(1, 1, bias=False)
net = dist.DistributedDataParallel(nn.Sequential(shared, nn.Tanh(), shared))
net(x).sum().backward()
w = shared.weight.detach().clone().requires_grad_()
sum(((x * w).tanh() * w).sum() / 2 for x in (1.0, 2.0)).backward()
assert abs(grads(net)[0] - w.grad.item()) < 1e-6
print("all is well on rank", rank)
