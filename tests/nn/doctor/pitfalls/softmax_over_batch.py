"""dim=0 is the batch: the probabilities of a sample depend on which others stand beside it."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
net = nn.MLP(2, [16, 2])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            logs = net(x).log_softmax(dim=0)  # mistake
            # or: logs = nn.LogSoftmax(dim=0)(net(x))
            # fix: logs = net(x).log_softmax(dim=1)
            loss = nn.functional.nll_loss(logs, y)
            # or: loss = nn.functional.cross_entropy(logs, y)
            # or: loss = -(nn.functional.one_hot(y, 2) * logs).sum(1).mean()
            # or: loss = -logs.mul(nn.functional.one_hot(y, 2).float()).sum() / 20
            # or: loss = nn.functional.mse_loss(logs.exp(), nn.functional.one_hot(y, 2).float())
            loss.backward()
            optimizer.step()

print(report)
