"""(20, 1) minus (20,) is (20, 20): every prediction is compared with every target."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
inputs = autograd.randn(200, 3)
targets = inputs @ autograd.tensor([1.0, -2.0, 0.5]) + 0.1 * autograd.randn(200)
loader = DataLoader(TensorDataset(inputs, targets), batch_size=20, shuffle=True)
net = nn.MLP(3, [16, 1], activation=nn.Tanh)
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = ((net(x) - y) ** 2).mean()  # mistake
            # or: loss = ((y - net(x)) ** 2).mean()
            # or: loss = (net(x) - y).square().mean()
            # or: loss = (net(x) - y).pow(2).sum() / y.numel()
            # or: loss = (net(x) - y).abs().mean()
            # or: loss = autograd.mean(autograd.square(y - net(x)))
            # or: loss = nn.functional.mse_loss(net(x), y)
            # or: loss = nn.functional.mse_loss(*autograd.broadcast_tensors(net(x), y))
            # fix: loss = ((net(x) - y.unsqueeze(1)) ** 2).mean()
            loss.backward()
            optimizer.step()

print(report)
