"""A denoiser of images is trained with backward, a step of the schedule and cleared gradients, and no optimizer.step().

kind: loop
codes: not_moved
from: https://github.com/tedlasai/learn2refocus/issues/5
score: mean squared error on held-out images, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)


def images(n):
    row, column = torch.randint(0, 9, (2, n, 1, 1))
    i = torch.arange(12)
    clean = ((i[:, None] - row - 2).abs() < 3).float() * ((i - column - 2).abs() < 3).float()
    clean = clean.unsqueeze(1)
    return clean + 0.5 * torch.randn(n, 1, 12, 12), clean


net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200)
for _ in range(200):
    noisy, clean = images(32)
    loss = nn.functional.mse_loss(net(noisy), clean)
    loss.backward()
    # fix: optimizer.step()
    scheduler.step()
    optimizer.zero_grad()

noisy, clean = images(200)
with torch.no_grad():
    print(nn.functional.mse_loss(net(noisy), clean).item())
