"""ReduceLROnPlateau is given the accuracy but waits for it to fall, as it would for a loss; the rate is soon nothing.

kind: learning rate
codes: schedule_too_fast
from: https://github.com/md-mohaiminul/ViS4mer/issues/4
score: accuracy on held-out points, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
arm, radius = torch.randint(0, 2, (2500,)), torch.rand(2500).sqrt()
angle = 9 * radius + 3.1416 * arm
x = 3 * torch.stack([radius * angle.cos(), radius * angle.sin()], 1) + 0.05 * torch.randn(2500, 2)
model = nn.Sequential(nn.Linear(2, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)  # mistake
# fix: scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", patience=2)
for _ in range(40):
    for i in torch.randperm(2000).split(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[i]), arm[i]).backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (model(x[2000:]).argmax(1) == arm[2000:]).float().mean().item()
    scheduler.step(accuracy)

print(accuracy)
