"""Pixels as they come, from 0 to 255."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
images, classes = datasets.digits().tensors
pixels = (images * 255).round()
loader = DataLoader(TensorDataset(pixels, classes), batch_size=32, shuffle=True)  # mistake
# fix: loader = DataLoader(TensorDataset(pixels / 255, classes), batch_size=32, shuffle=True)
net = nn.MLP(64, [32, 10])
optimizer = optim.SGD(net.parameters(), lr=0.1)
# or: optimizer = optim.Adam(net.parameters(), lr=0.001)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(3):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
