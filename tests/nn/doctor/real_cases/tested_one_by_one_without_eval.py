"""A network with batch norm, trained in batches, is tested with one picture at a time, and eval() was forgotten.

kind: mode
codes: train_mode_in_eval
from: https://github.com/chrischoy/SpatioTemporalSegmentation/issues/11
score: accuracy on held-out pictures, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)


def pictures(n):
    kind, side = torch.randint(0, 4, (n,)), torch.linspace(-1, 1, 10)
    disc = (side[:, None] ** 2 + side**2 < 0.6).float()
    return (0.5 + 0.5 * kind[:, None, None, None]) * disc + 0.3 * torch.randn(n, 1, 10, 10), kind


net = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for _ in range(300):
    x, y = pictures(32)
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()

# fix: net.eval()
x, y = pictures(300)
with torch.no_grad():
    print(sum((net(x[i : i + 1]).argmax(1) == y[i]).item() for i in range(300)) / 300)
