"""A ReLU before the sigmoid of the loss: no probability is ever below one half."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.BCEWithLogitsLoss()
net = nn.MLP(2, [16, 1])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x).relu().squeeze(1), y.float())  # mistake
            # or: loss = nn.functional.binary_cross_entropy(net(x).relu().sigmoid(), y.float().unsqueeze(1))
            # fix: loss = loss_function(net(x).squeeze(1), y.float())
            loss.backward()
            optimizer.step()

print(report)
