"""Every target is the same number, because the average went over all samples."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
points = autograd.randn(200, 3)
targets = points.mean().expand(200, 1)  # mistake
# fix: targets = points.mean(1, keepdim=True)
loader = DataLoader(TensorDataset(points, targets), batch_size=20, shuffle=True)
net = nn.MLP(3, [16, 1], activation=nn.Tanh)
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.MSELoss()

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
