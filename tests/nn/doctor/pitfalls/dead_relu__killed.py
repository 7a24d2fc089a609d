"""A penalty on the biases without a square pushes them down for ever, until all units are dead: all were alive."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [64, 64, 10])
optimizer = optim.SGD(net.parameters(), lr=0.05)

with doctor(net, optimizer) as report:
    for _epoch in range(5):
        for x, y in loader:
            optimizer.zero_grad()
            penalty = net[2].bias.sum()  # mistake
            # fix: penalty = 0.01 * net[2].bias.square().sum()
            loss = loss_function(net(x), y) + penalty
            loss.backward()
            optimizer.step()

print(report)
