"""Two shuffles, one for each part. The doctor was not told of the validation data, and finds out."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
points, classes = datasets.moons(200, noise=0.1).tensors
order, other = autograd.randperm(200), autograd.randperm(200)
train, valid = order[:140], other[140:]  # mistake
# fix: train, valid = order[:140], order[140:]
train_loader = DataLoader(TensorDataset(points[train], classes[train]), batch_size=20, shuffle=True)
valid_loader = DataLoader(TensorDataset(points[valid], classes[valid]), batch_size=20)
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
        with autograd.no_grad():
            valid_loss = sum(loss_function(net(x), y).item() for x, y in valid_loader) / len(valid_loader)

print(report)
