"""The momentum of batch norm is that of another library, where 0.99 is the share of the past."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
x = 3 + autograd.randn(200, 4)
loader = DataLoader(TensorDataset(x, x[:, :1] - x[:, 1:2]), batch_size=20, shuffle=True)
norm = nn.BatchNorm1d(16, momentum=0.99)  # mistake
# or: norm = nn.BatchNorm1d(16, eps=1e-3, momentum=0.9)
# fix: norm = nn.BatchNorm1d(16, momentum=0.01)
net = nn.Sequential(nn.Linear(4, 16), norm, nn.ReLU(), nn.Linear(16, 1))
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.MSELoss()

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
