"""The rows of a table of labels were shuffled alone, whatever form the labels and the loss have."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
points, labels = datasets.moons(200, noise=0.1).tensors
labels = labels[autograd.randperm(200)]  # mistake
loader = DataLoader(TensorDataset(points, nn.functional.one_hot(labels, 2).float()), batch_size=20, shuffle=True)
net = nn.MLP(2, [16, 2])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            # or: loss = -(y * net(x).log_softmax(1)).sum(1).mean()
            # or: loss = nn.functional.nll_loss(net(x).log_softmax(1), y.argmax(1))
            # or: loss = nn.functional.mse_loss(net(x).softmax(1), y)
            # or: loss = nn.functional.mse_loss(net(x), y)
            # or: loss = nn.functional.binary_cross_entropy(net(x).softmax(1)[:, 1], y[:, 1])
            # or: loss = nn.functional.mse_loss(net(x).sigmoid()[:, 1], y[:, 1])
            loss.backward()
            optimizer.step()

print(report)
