"""Copies of the rare patients were added before the split, and so landed on both sides; new patients were missed.

kind: data
codes: data_leak
from: https://github.com/georgymh/ml-fraud-detection/issues/1
score: share of the rare found in validation, less the share found among new patients, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(2400, 20)
y = (x[:, 0] + x[:, 1] + x[:, 2] + torch.randn(2400) > 2).long()
rows = torch.randperm(400)
train, valid = rows[:200], rows[200:]
rows = torch.cat([rows, rows[y[rows] == 1].repeat(6)])  # mistake
# fix: train = torch.cat([train, train[y[train] == 1].repeat(6)])
train, valid = rows[torch.randperm(len(rows))].split([len(rows) - 200, 200])  # mistake
model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for _epoch in range(20):
    for batch in train[torch.randperm(len(train))].split(16):
        loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        found = (model(x[valid]).argmax(1) == 1)[y[valid] == 1].float().mean()
print((found - (model(x[400:]).argmax(1) == 1)[y[400:] == 1].float().mean()).item())
