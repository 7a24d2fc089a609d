"""Steps so large that nearly all units die in the first of them: every one was alive at the start."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [64, 64, 10])
optimizer = optim.SGD(net.parameters(), lr=5.0, momentum=0.9)  # mistake
# or: optimizer = optim.SGD(net.parameters(), lr=2.0)
# or: optimizer = optim.Adam(net.parameters(), lr=0.3)
# fix: optimizer = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)

with doctor(net, optimizer) as report:
    for _epoch in range(5):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
