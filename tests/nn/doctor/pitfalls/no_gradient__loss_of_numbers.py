"""A tensor made of a number is a new leaf: requires_grad=True lets backward run, but it leads nowhere."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = autograd.tensor(loss_function(net(x), y).item(), requires_grad=True)  # mistake
            # or: loss = loss_function(net(x).data.requires_grad_(), y)
            # or: loss = loss_function(autograd.tensor(net(x).detach().numpy(), requires_grad=True), y)
            # or: loss = (net(x).argmax(1) != y).float().mean().requires_grad_()
            # fix: loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
