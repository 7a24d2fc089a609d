"""The predicted number of stars is rounded before the loss is taken; gradients exist and all are 0.

kind: loss
codes: zero_gradients
from: https://discuss.pytorch.org/t/torch-round-gradient/28628/4
score: mean absolute error on held-out reviews, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
reviews = torch.randn(600, 12)
stars = (3 + reviews[:, :3].sum(1) * 0.7).round().clamp(1, 5)
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.L1Loss()
for epoch in range(20):
    total = 0.0
    for batch in torch.randperm(500).split(50):
        prediction = torch.round(model(reviews[batch]))  # mistake
        # fix: prediction = model(reviews[batch])
        loss = criterion(prediction, stars[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / 10)
print((torch.round(model(reviews[500:])) - stars[500:]).abs().mean().item())
