"""A network that enlarges pictures has a schedule made for epochs, stepped in every batch; soon it learns no more.

kind: learning rate
codes: schedule_too_fast
from: https://github.com/Lornatang/SRGAN-PyTorch/issues/1
score: mean squared error on held-out pictures, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
angle, grid = torch.rand(400, 1, 1, 1) * 3.14, torch.linspace(-4, 4, 16)
large = torch.sin(angle.cos() * grid + angle.sin() * grid[:, None] + 6 * torch.rand(400, 1, 1, 1))
small = nn.functional.avg_pool2d(large, 2)
net = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 4, 3, padding=1), nn.PixelShuffle(2))
epochs = 20
optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=epochs // 2, gamma=0.1)
for _ in range(epochs):
    for i in torch.randperm(320).split(16):
        loss = nn.functional.mse_loss(net(small[i]), large[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()  # mistake
    # fix: scheduler.step()

with torch.no_grad():
    print(nn.functional.mse_loss(net(small[320:]), large[320:]).item())
