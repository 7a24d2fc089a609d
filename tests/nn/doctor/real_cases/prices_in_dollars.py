"""House prices stayed in dollars; after all epochs the network's guesses were still far below every price.

kind: data
codes: targets_too_large
from: https://stats.stackexchange.com/questions/409000/should-we-normalize-target-data-as-well-as-input-data
score: share of the variance of the held-out prices that is explained, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
houses = torch.randn(1000, 5)
prices = 250_000 + 60_000 * houses[:, 0] + 30_000 * houses[:, 1] * houses[:, 2] + 5_000 * torch.randn(1000)
mean, std = prices[:800].mean(), prices[:800].std()
targets = prices  # mistake
# fix: targets = (prices - mean) / std
model = nn.Sequential(nn.Linear(5, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
criterion = nn.MSELoss()
for _epoch in range(20):
    for rows in torch.randperm(800).split(40):
        optimizer.zero_grad()
        loss = criterion(model(houses[rows]).squeeze(1), targets[rows])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    errors = model(houses[800:]).squeeze(1) - targets[800:]
print(1 - (errors.square().mean() / targets[800:].var()).item())
