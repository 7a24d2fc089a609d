"""The validation samples are among the training samples: how well they are known says nothing about new ones."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
points, classes = datasets.moons(200, noise=0.1).tensors
order = autograd.randperm(200)
train, valid = order[:180], order[140:]  # mistake
# or: train, valid = order, order[140:]
# fix: train, valid = order[:140], order[140:]
train_loader = DataLoader(TensorDataset(points[train], classes[train]), batch_size=20, shuffle=True)
valid_loader = DataLoader(TensorDataset(points[valid], classes[valid]), batch_size=20)
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer, valid=valid_loader) as report:
    for _epoch in range(10):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
        with autograd.no_grad():
            valid_loss = sum(loss_function(net(x), y).item() for x, y in valid_loader) / len(valid_loader)

print(report)
