"""Weights drawn from a standard normal distribution: the first scores are in the hundreds, and training undoes it."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [64, 64, 10])
for p in net.parameters():
    nn.init.normal_(p)  # mistake
    # fix: nn.init.normal_(p, std=0.1)
optimizer = optim.Adam(net.parameters(), lr=1e-3)

with doctor(net, optimizer) as report:
    for _epoch in range(3):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
