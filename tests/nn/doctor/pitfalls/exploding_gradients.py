"""Weights drawn from N(0, 1): each layer makes what goes through it larger, on the way back as well."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [64] * 6 + [2])
for layer in net:
    if isinstance(layer, nn.Linear):
        nn.init.normal_(layer.weight, std=1.0)  # mistake
        # or: nn.init.uniform_(layer.weight, -2, 2)
        # fix: nn.init.kaiming_normal_(layer.weight)
optimizer = optim.Adam(net.parameters(), lr=0.001)

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
