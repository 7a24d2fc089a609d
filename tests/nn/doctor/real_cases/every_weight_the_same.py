"""To have the same start in every run all weights were set to one number; sixty-four units then acted as one.

kind: initialisation
codes: symmetric_init
from: https://stats.stackexchange.com/questions/47592/what-happens-when-many-neurons-have-same-weights
score: accuracy on new samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(1500, 8)
labels = (x[:, 0] > 0).long() * 2 + (x[:, 1] * x[:, 2] > 0).long()
model = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 4))
for layer in model:
    if isinstance(layer, nn.Linear):
        nn.init.constant_(layer.weight, 0.1)  # mistake
        # fix: nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for _epoch in range(20):
    for rows in torch.randperm(1200).split(60):
        loss = nn.functional.cross_entropy(model(x[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(x[1200:]).argmax(1) == labels[1200:]).float().mean().item())
