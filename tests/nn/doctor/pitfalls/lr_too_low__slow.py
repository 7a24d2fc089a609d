"""Steps of a ten-thousandth of the weights: the loss falls, straight on, and would for hours."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [32, 10])
optimizer = optim.SGD(net.parameters(), lr=1e-3)  # mistake
# or: optimizer = optim.Adam(net.parameters(), lr=3e-5)
# or: optimizer = optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)
# fix: optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
