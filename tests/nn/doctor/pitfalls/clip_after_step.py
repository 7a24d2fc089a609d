"""Gradients are clipped when they have been used."""

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
            loss = loss_function(net(x), y)
            loss.backward()
            # fix: nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)  # mistake
            # or: nn.utils.clip_grad_value_(net.parameters(), 1.0)

print(report)
