"""Every step overshoots, and the loss grows until it is infinite."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
inputs = autograd.randn(200, 3)
targets = inputs @ autograd.tensor([[1.0], [-2.0], [0.5]]) + 0.1 * autograd.randn(200, 1)
loader = DataLoader(TensorDataset(inputs, targets), batch_size=20, shuffle=True)
loss_function = nn.MSELoss()
net = nn.MLP(3, [16, 1], activation=nn.Tanh)
optimizer = optim.SGD(net.parameters(), lr=100)  # mistake
# or: optimizer = optim.SGD(net.parameters(), lr=3.0, momentum=0.9)
# or: optimizer = optim.Adam(net.parameters(), lr=100)
# fix: optimizer = optim.SGD(net.parameters(), lr=0.05)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
