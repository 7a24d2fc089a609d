"""A ReLU after the last layer: a score cannot fall below 0."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.Sequential(
    nn.MLP(2, [16, 2]),
    nn.ReLU(),  # mistake
)
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            # or: loss = loss_function(net(x).reshape(-1, 2), y)
            # or: loss = nn.functional.nll_loss(net(x).log_softmax(1), y)
            # or: loss = nn.functional.mse_loss(net(x).softmax(1), nn.functional.one_hot(y, 2).float())
            # or: loss = loss_function(net(x), nn.functional.one_hot(y, 2).float())
            loss.backward()
            optimizer.step()

print(report)
