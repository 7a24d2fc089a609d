"""The optimizer was given one layer only: the others get gradients, and stay as they are."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 16, 2])
optimizer = optim.SGD(net[-1].parameters(), lr=0.1)  # mistake
# or: optimizer = optim.Adam([net[-1].weight, net[-1].bias], lr=0.01)
# or: optimizer = optim.SGD(net.parameters(), lr=0.0)
# or: optimizer = optim.SGD([{"params": net[0].parameters(), "lr": 0}, {"params": net[2:].parameters()}], lr=0.1)
# fix: optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            net.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
