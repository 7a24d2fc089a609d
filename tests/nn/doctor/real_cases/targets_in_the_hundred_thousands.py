"""House prices in dollars are the targets of a network whose weights give numbers near 1; it never gets there.

kind: loss
codes: targets_too_large
from: https://stats.stackexchange.com/questions/409000/should-we-normalize-target-data-as-well-as-input-data
score: share of the variance of held-out prices that is explained, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
houses = torch.randn(700, 6)
price = 250_000 + 60_000 * houses[:, 0] + 40_000 * houses[:, 1] * houses[:, 2].sign()
price = price.unsqueeze(1)
targets = price  # mistake
# fix: targets = (price - price[:600].mean()) / price[:600].std()
model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
criterion = nn.MSELoss()
for _epoch in range(40):
    for batch in torch.randperm(600).split(60):
        optimizer.zero_grad()
        loss = criterion(model(houses[batch]), targets[batch])
        loss.backward()
        optimizer.step()
error = (model(houses[600:]) - targets[600:]).pow(2).mean()
print((1 - error / targets[600:].var()).item())
