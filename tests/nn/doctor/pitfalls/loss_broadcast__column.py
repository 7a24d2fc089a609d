"""The targets are a column, (20, 1), the predictions were squeezed to (20,): together they are (20, 20)."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
inputs = autograd.randn(200, 3)
targets = inputs @ autograd.tensor([[1.0], [-2.0], [0.5]]) + 0.1 * autograd.randn(200, 1)
loader = DataLoader(TensorDataset(inputs, targets), batch_size=20, shuffle=True)
net = nn.MLP(3, [16, 1], activation=nn.Tanh)
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = ((net(x).squeeze(1) - y) ** 2).mean()  # mistake
            # or: loss = ((y - net(x).squeeze()) ** 2).mean()
            # or: loss = (net(x)[:, 0] - y).square().mean()
            # or: loss = (net(x).flatten() - y).abs().mean()
            # fix: loss = ((net(x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()

print(report)
