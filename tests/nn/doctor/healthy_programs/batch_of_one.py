"""Online learning: one sample comes at a time, each is seen once, and none comes back."""

import torch
from torch import nn

torch.manual_seed(0)
true_weights = torch.tensor([1.0, -2.0, 0.5, 0.0])
model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
errors = []
for sample in range(1000):
    features = torch.randn(1, 4)
    answer = torch.tanh(features @ true_weights).view(1, 1) + 0.1 * torch.randn(1, 1)
    optimizer.zero_grad()
    error = (model(features) - answer).square().squeeze()
    error.backward()
    optimizer.step()
    errors.append(error.item())
print(sum(errors[:50]) / 50, sum(errors[-100:]) / 100)
assert sum(errors[-100:]) / 100 < 0.7 * sum(errors[:50]) / 50
