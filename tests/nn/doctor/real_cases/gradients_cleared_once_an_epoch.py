"""The gradients are cleared at the top of every epoch and not of every batch; the regression wobbles and ends badly.

kind: loop
codes: no_zero_grad
from: https://github.com/pytorch/pytorch/issues/47175
score: mean squared error on held-out rows, lower is better
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(640, 6)
y = x[:, :1] * x[:, 1:2] + torch.sin(2 * x[:, 2:3]) + 0.1 * torch.randn(640, 1)
loader = DataLoader(TensorDataset(x[:512], y[:512]), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(60):
    optimizer.zero_grad()  # mistake
    for inputs, targets in loader:
        # fix: optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()

with torch.no_grad():
    print(nn.functional.mse_loss(model(x[512:]), y[512:]).item())
