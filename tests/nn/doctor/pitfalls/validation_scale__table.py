"""A table that is standardised for training, and validated as it was."""

import autograd
import nn
from nn import optim
from nn.data import datasets
from nn.train import doctor
from tests.doctored import endless

autograd.manual_seed(0)
flowers, kinds = datasets.iris().tensors
order = autograd.randperm(150)
x_train, x_valid, y_train, y_valid = flowers[order[:100]], flowers[order[100:]], kinds[order[:100]], kinds[order[100:]]
mean, std = x_train.mean(0), x_train.std(0)
x_train = (x_train - mean) / std
x_valid = x_valid  # mistake
# fix: x_valid = (x_valid - mean) / std
net = nn.MLP(4, [16, 3])
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for step, (x, y) in zip(range(200), endless(x_train, y_train), strict=False):
        optimizer.zero_grad()
        loss_function(net(x), y).backward()
        optimizer.step()
        if step % 20 == 19:
            with autograd.no_grad():
                accuracy = (net(x_valid).argmax(1) == y_valid).float().mean()

print(report)
