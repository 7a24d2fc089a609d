"""The segmentation minimises the Dice coefficient itself, not 1 minus it: the number falls, the masks go away.

kind: loss
codes: wrong_sign
from: https://github.com/akirasosa/mobile-semantic-segmentation/issues/24
score: Dice coefficient on held-out masks, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
shape = nn.functional.avg_pool2d(torch.randn(140, 1, 16, 16), 5, stride=1, padding=2)
masks = (shape > 0.05).float()
images = 5 * shape + 0.2 * torch.randn(140, 1, 16, 16)
net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1), nn.Sigmoid())


def dice_loss(found, truth, smooth=1.0):
    overlap = (found * truth).sum()
    return (2 * overlap + smooth) / (found.sum() + truth.sum() + smooth)  # mistake
    # fix: return 1 - (2 * overlap + smooth) / (found.sum() + truth.sum() + smooth)


optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _epoch in range(25):
    for batch in torch.randperm(120).split(20):
        loss = dice_loss(net(images[batch]), masks[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
found = (net(images[120:]) > 0.5).float()
print((2 * (found * masks[120:]).sum() / (found.sum() + masks[120:].sum())).item())
