"""ReduceLROnPlateau is given the accuracy but waits for it to fall, as it would for a loss; the rate is soon nothing.

kind: learning rate
codes: schedule_too_fast
from: https://github.com/md-mohaiminul/ViS4mer/issues/4
score: accuracy on held-out samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(2500, 3, 8)
y = (x[:, 0].amax(1) > x[:, 1].amax(1)).long() + 2 * (x[:, 2].mean(1) > 0).long()
model = nn.Sequential(nn.Flatten(), nn.Linear(24, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.2)  # mistake
# fix: scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=1, factor=0.2)
for epoch in range(25):
    for i in torch.randperm(2000).split(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[i]), y[i]).backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (model(x[2000:]).argmax(1) == y[2000:]).float().mean().item()
    scheduler.step(accuracy)

print(accuracy)
