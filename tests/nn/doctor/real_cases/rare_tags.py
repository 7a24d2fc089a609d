"""Thirty tags, each on one text in forty: the longer the training ran, the more every answer became no for all tags.

kind: data
codes: other: class_imbalance
from: https://github.com/appvision-ai/fast-bert/issues/52
score: mean of the share of tags found and the share of absent tags left out, higher is better
"""

import torch
from torch import nn


def texts(n):
    tags = (torch.rand(n, 30) < 0.025).float()
    return tags @ words + torch.randn(n, 50), tags


torch.manual_seed(0)
words = torch.randn(30, 50) * 0.5
x, y = texts(2000)
model = nn.Sequential(nn.Linear(50, 64), nn.ReLU(), nn.Linear(64, 30))
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
criterion = nn.BCEWithLogitsLoss()  # mistake
# fix: criterion = nn.BCEWithLogitsLoss(pos_weight=(1 - y).sum() / y.sum())
for _epoch in range(4):
    for rows in torch.randperm(2000).split(50):
        loss = criterion(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
x, y = texts(1000)
says = model(x) > 0
print(((says[y == 1]).float().mean() + (~says[y == 0]).float().mean()).item() / 2)
