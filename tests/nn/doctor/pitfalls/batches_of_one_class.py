"""Samples in the order of their classes, and no shuffle: each batch teaches one class, and forgets the others."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
pictures, classes = datasets.digits().tensors
order = classes.argsort()
data = TensorDataset(pictures[order], classes[order])
loader = DataLoader(data, batch_size=32)  # mistake
# or: loader = DataLoader(data, batch_size=64, shuffle=False)
# fix: loader = DataLoader(data, batch_size=32, shuffle=True)
net = nn.MLP(64, [32, 10])
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(5):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
