"""The error itself as the loss, not its square: it is least where the output is lowest, whatever the target."""

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
optimizer = optim.SGD(net.parameters(), lr=0.05)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = (net(x) - y).mean()  # mistake
            # or: loss = (y - net(x)).sum() / len(y)
            # fix: loss = ((net(x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()

print(report)
