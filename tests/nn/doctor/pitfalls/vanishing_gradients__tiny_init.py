"""Tiny initial weights: almost nothing comes back to the first layers, long before any unit dies."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [64, 64, 64, 10])
for p in net.parameters():
    if p.ndim > 1:
        nn.init.normal_(p, std=0.005)  # mistake
        # fix: nn.init.kaiming_normal_(p)
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

with doctor(net, optimizer) as report:
    for _epoch in range(4):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
