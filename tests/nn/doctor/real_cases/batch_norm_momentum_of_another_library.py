"""Batch norm is given the momentum 0.99 of another library, where it means 0.01: eval() uses the last batch alone.

kind: mode
codes: batch_norm_momentum
from: https://github.com/r9y9/tacotron_pytorch/issues/19
score: mean squared error on held-out rows in evaluation mode, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
x = 5 + torch.randn(1059, 8) @ torch.randn(8, 8)
y = (x[:, :1] - x[:, 1:2]).tanh() + 0.1 * x[:, 2:3]
momentum = 0.99  # mistake
# fix: momentum = 0.01
net = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32, eps=1e-3, momentum=momentum), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
for _ in range(60):
    for i in torch.randperm(259).split(32):
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x[i]), y[i]).backward()
        optimizer.step()

net.eval()
with torch.no_grad():
    print(nn.functional.mse_loss(net(x[259:]), y[259:]).item())
