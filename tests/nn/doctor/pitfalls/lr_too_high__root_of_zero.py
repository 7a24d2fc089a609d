"""The loss is finite, its gradient is not: the slope of a square root is infinite at 0."""

import autograd
import nn
from nn import optim
from nn.train import doctor

autograd.manual_seed(0)
points = autograd.randn(40, 3)
others = autograd.cat([points[:5], autograd.randn(35, 3)])  # the first five are the same: their distance is 0
distances = (points - others).square().sum(1).sqrt()
net = nn.MLP(3, [16, 2], activation=nn.Tanh)
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _step in range(100):
        optimizer.zero_grad()
        apart = (net(points) - net(others)).square().sum(1).sqrt()  # mistake
        # fix: apart = ((net(points) - net(others)).square().sum(1) + 1e-8).sqrt()
        loss = (apart - distances).square().mean()
        loss.backward()
        optimizer.step()

print(report)
