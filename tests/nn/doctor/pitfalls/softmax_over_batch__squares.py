"""The probabilities are compared with one-hot targets, and each sums to 1 over the samples of the batch."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
net = nn.Sequential(
    nn.MLP(2, [16, 2]),
    nn.Softmax(dim=0),  # mistake
    # fix: nn.Softmax(dim=1),
)
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            wanted = nn.functional.one_hot(y, 2).float()
            loss = nn.functional.mse_loss(net(x), wanted)
            # or: loss = nn.functional.binary_cross_entropy(net(x), wanted)
            # or: loss = (net(x) - wanted).square().sum(1).mean()
            # or: loss = (wanted - net(x)).abs().mean()
            # or: loss = nn.functional.nll_loss(net(x).log(), y)
            loss.backward()
            optimizer.step()

print(report)
