"""Grades from 0 to 4 are in an order: one score, and learned thresholds that it passes, or does not."""

import torch
import torch.nn.functional as F
from torch import nn


class Ordinal(nn.Module):
    def __init__(self, features, grades):
        super().__init__()
        self.score = nn.Sequential(nn.Linear(features, 24), nn.ReLU(), nn.Linear(24, 1, bias=False))
        self.first = nn.Parameter(torch.tensor([-1.5]))
        self.gaps = nn.Parameter(torch.zeros(grades - 2))

    def forward(self, x):
        thresholds = torch.cat([self.first, self.first + F.softplus(self.gaps).cumsum(0)])
        return self.score(x) - thresholds


torch.manual_seed(0)
x = torch.randn(1000, 6)
quality = x[:, 0] + torch.relu(x[:, 1]) - 0.5 * x[:, 2] ** 2 + 0.2 * torch.randn(1000)
grade = torch.bucketize(quality, torch.tensor([-1.0, -0.2, 0.5, 1.3]))
passed = (grade.unsqueeze(1) > torch.arange(4)).float()
model = Ordinal(6, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(15):
    for rows in torch.randperm(800).split(40):
        loss = F.binary_cross_entropy_with_logits(model(x[rows]), passed[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    off = ((model(x[800:]) > 0).sum(1) - grade[800:]).abs().float().mean().item()
print(off)
assert off < 0.7
