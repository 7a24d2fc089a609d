"""Four small batches make one step: each loss is divided by four, gradients are cleared after the step."""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(768, 10)
y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).long()
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
accumulate = 4
for epoch in range(20):
    model.train()
    for i, rows in enumerate(torch.randperm(640).split(16)):
        loss = criterion(model(x[rows]), y[rows]) / accumulate
        loss.backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
model.eval()
with torch.no_grad():
    accuracy = (model(x[640:]).argmax(1) == y[640:]).float().mean().item()
print(accuracy)
assert accuracy > 0.75
