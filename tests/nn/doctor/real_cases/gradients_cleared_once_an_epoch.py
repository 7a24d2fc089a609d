"""The gradients are cleared at the top of every epoch and not of every batch; the tagger wobbles and ends badly.

kind: loop
codes: no_zero_grad
from: https://github.com/pytorch/pytorch/issues/47175
score: accuracy of the tags of held-out samples, higher is better
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(1300, 10)
tags = (torch.sin(x @ torch.randn(10, 5) / 2) + 0.1 * torch.randn(1300, 5) > 0.3).float()
loader = DataLoader(TensorDataset(x[:1000], tags[:1000]), batch_size=40, shuffle=True)
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 5))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for _ in range(30):
    optimizer.zero_grad()  # mistake
    for inputs, targets in loader:
        # fix: optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(inputs), targets)
        loss.backward()
        optimizer.step()

with torch.no_grad():
    print(((model(x[1000:]) > 0) == (tags[1000:] > 0.5)).float().mean().item())
