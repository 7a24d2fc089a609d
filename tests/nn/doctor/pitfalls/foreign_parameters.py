"""The optimizer has the parameters of a copy: it moves those, and the model that is trained never learns."""

from copy import deepcopy

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 2])
start = deepcopy(net)
optimizer = optim.SGD(start.parameters(), lr=0.1)  # mistake
# or: optimizer = optim.Adam(nn.MLP(2, [16, 2]).parameters(), lr=0.01)
# or: optimizer = optim.SGD([*net[0].parameters(), *start[2].parameters()], lr=0.1)
# fix: optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            net.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
