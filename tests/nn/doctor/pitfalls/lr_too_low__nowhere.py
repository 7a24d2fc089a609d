"""All steps together lead nowhere: a rate that suits Adam, given to SGD or Adagrad."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [32, 10])
optimizer = optim.SGD(net.parameters(), lr=1e-4)  # mistake
# or: optimizer = optim.Adagrad(net.parameters(), lr=1e-4)
# fix: optimizer = optim.Adam(net.parameters(), lr=3e-3)

with doctor(net, optimizer) as report:
    for _epoch in range(7):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
