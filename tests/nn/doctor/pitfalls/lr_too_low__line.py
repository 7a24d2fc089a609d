"""A line that is fitted with a hundredth of the rate it needs."""

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
net = nn.Linear(3, 1)
optimizer = optim.SGD(net.parameters(), lr=1e-5)  # mistake
# or: optimizer = optim.Adam(net.parameters(), lr=1e-5)
# fix: optimizer = optim.SGD(net.parameters(), lr=0.05)

with doctor(net, optimizer) as report:
    for _epoch in range(50):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
