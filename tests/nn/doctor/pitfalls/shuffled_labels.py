"""Inputs and labels are shuffled each for itself: no label belongs to its input any more."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
points, classes = datasets.moons(200, noise=0.1).tensors
points, classes = points[autograd.randperm(200)], classes[autograd.randperm(200)]  # mistake
# or: classes = autograd.randint(0, 2, (200,))
# fix: points, classes = (lambda order: (points[order], classes[order]))(autograd.randperm(200))
loader = DataLoader(TensorDataset(points, classes), batch_size=20, shuffle=True)
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(60):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
