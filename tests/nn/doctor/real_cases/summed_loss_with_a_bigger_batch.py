"""The squared errors of a reconstruction are summed; with more pictures in a batch the same rate is far too high.

kind: learning rate
codes: lr_too_high
from: https://github.com/utcsilab/deepinpy/issues/13
score: mean squared error on held-out pictures, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)


def scans(n):
    wave = torch.rand(n, 1, 1, 1) * 3 + 1
    picture = torch.sin(wave * torch.linspace(0, 6, 12)) * torch.cos(wave * torch.linspace(0, 6, 12)[:, None])
    return picture * (torch.rand(n, 1, 12, 12) < 0.6), picture


net = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 5, padding=2))
loss_function = nn.MSELoss(reduction="sum")  # mistake
# fix: loss_function = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(250):
    undersampled, picture = scans(16)
    optimizer.zero_grad()
    loss = loss_function(net(undersampled), picture)
    loss.backward()
    optimizer.step()

undersampled, picture = scans(200)
with torch.no_grad():
    print(nn.functional.mse_loss(net(undersampled), picture).item())
