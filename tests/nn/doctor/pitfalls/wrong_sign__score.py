"""A score that is to be large, such as the Dice coefficient, is minimised as if it were a loss."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
net = nn.Sequential(nn.MLP(2, [16, 1]), nn.Sigmoid(), nn.Flatten(0))
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            found = net(x)
            overlap, whole = (found * y).sum(), found.sum() + y.sum()
            loss = 2 * overlap / whole  # mistake
            # or: loss = overlap / (whole - overlap)
            # or: loss = (found * y).mean()
            # fix: loss = 1 - 2 * overlap / whole
            loss.backward()
            optimizer.step()

print(report)
