"""A parabola, and layers with nothing between them: the best straight line is level."""

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.train import doctor

autograd.manual_seed(0)
x = autograd.linspace(-2, 2, 100).unsqueeze(1)
y = x**2 - 1
net = nn.Sequential(nn.Linear(1, 32), nn.Linear(32, 1))  # mistake
# fix: net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _step in range(300):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()

print(report)
