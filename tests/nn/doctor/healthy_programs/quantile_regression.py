"""Three quantiles of a noise that grows with the input, learned together with the pinball loss."""

import torch
from torch import nn

QUANTILES = torch.tensor([0.1, 0.5, 0.9])


def pinball(predicted, target):
    error = target - predicted
    return torch.maximum(QUANTILES * error, (QUANTILES - 1) * error).mean()


torch.manual_seed(0)
x = torch.rand(1000, 1) * 2 - 1
y = torch.sin(3 * x) + (0.2 + 0.3 * (x + 1)) * torch.randn(1000, 1)
net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(20):
    for rows in torch.randperm(800).split(40):
        optimizer.zero_grad()
        loss = pinball(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    below = (y[800:] < net(x[800:])).float().mean(0)
print(below.tolist())
assert (below - QUANTILES).abs().max() < 0.2
