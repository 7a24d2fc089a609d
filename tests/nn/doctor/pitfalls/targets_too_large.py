"""Prices as they are: a million on average, where the network gives numbers of about 1."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
rooms = autograd.randn(400, 3)
prices = 1e6 + 2e5 * rooms.sum(1, keepdim=True).tanh()
y = prices  # mistake
# fix: y = (prices - prices.mean()) / prices.std()
loader = DataLoader(TensorDataset(rooms, y), batch_size=32, shuffle=True)
net = nn.MLP(3, [32, 1])
optimizer = optim.Adam(net.parameters(), lr=0.001)
# or: optimizer = optim.SGD(net.parameters(), lr=0.01)
loss_function = nn.MSELoss()

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, target in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), target)
            loss.backward()
            optimizer.step()

print(report)
