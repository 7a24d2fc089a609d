"""The network returns a column (N, 1), the targets are a row (N,), MSELoss only warns; every answer is the mean.

kind: loss
codes: loss_broadcast
from: https://github.com/pytorch/pytorch/pull/18349
score: squared error on held-out samples, lower is better
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
houses = torch.randn(600, 5)
price = houses[:, 0] * 1.5 - houses[:, 1] + (houses[:, 2] * houses[:, 3]).tanh()
train = TensorDataset(houses[:500], price[:500])
loader = DataLoader(train, batch_size=50, shuffle=True)
model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.MSELoss()
for _epoch in range(20):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)  # mistake
        # fix: loss = criterion(model(x).squeeze(1), y)
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(((model(houses[500:]).squeeze(1) - price[500:]) ** 2).mean().item())
