"""Salaries under an absolute error: every step goes in the right direction, and none of them far."""

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.train import doctor
from tests.doctored import endless

autograd.manual_seed(0)
people = autograd.randn(300, 4)
salaries = 40_000 + 15_000 * people[:, 0] * people[:, 1]
target = salaries  # mistake
# fix: target = (salaries - salaries.mean()) / salaries.std()
net = nn.MLP(4, [32, 1])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _step, (x, y) in zip(range(300), endless(people, target), strict=False):
        optimizer.zero_grad()
        loss = F.l1_loss(net(x).squeeze(1), y)
        loss.backward()
        optimizer.step()

print(report)
