"""Steps so large that they drive every sigmoid to its limits, where nothing is learned any more."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [64, 64, 10], activation=nn.Sigmoid)
optimizer = optim.Adam(net.parameters(), lr=0.3)  # mistake
# fix: optimizer = optim.Adam(net.parameters(), lr=0.003)

with doctor(net, optimizer) as report:
    for _epoch in range(5):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
