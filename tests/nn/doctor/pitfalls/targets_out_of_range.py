"""The prices to be predicted lie between -2 and 6, and the last function has a narrower range."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
points = autograd.randn(200, 3)
prices = points.sum(1, keepdim=True) + 2
loader = DataLoader(TensorDataset(points, prices), batch_size=20, shuffle=True)
net = nn.Sequential(
    nn.MLP(3, [16, 1], activation=nn.Tanh),
    nn.Sigmoid(),  # mistake
    # or: nn.Tanh(),
    # or: nn.ReLU(),
    # or: nn.Sequential(nn.Sigmoid(), nn.Flatten()),
)
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(x), y)
            # or: loss = nn.functional.l1_loss(net(x), y)
            # or: loss = nn.functional.smooth_l1_loss(net(x), y)
            # or: loss = ((y - net(x)) ** 2).mean()
            # or: loss = nn.functional.huber_loss(net(x).squeeze(1), y.squeeze(1))
            # or: difference = net(x) - y; loss = (difference * difference).mean()
            loss.backward()
            optimizer.step()

print(report)
