"""The loader of the training samples, where that of the validation samples was meant."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
points, classes = datasets.moons(200, noise=0.1).tensors
order = autograd.randperm(200)
train, valid = order[:140], order[140:]
train_loader = DataLoader(TensorDataset(points[train], classes[train]), batch_size=20, shuffle=True)
valid_loader = DataLoader(TensorDataset(points[valid], classes[valid]), batch_size=20)
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.CrossEntropyLoss()


@autograd.no_grad()
def accuracy(loader):
    right = total = 0
    for x, y in loader:
        right += (net(x).argmax(1) == y).sum().item()
        total += len(y)
    return right / total


with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
        valid_accuracy = accuracy(train_loader)  # mistake
        # fix: valid_accuracy = accuracy(valid_loader)

print(report)
