"""Per-pixel scores (N, C, H, W) get their softmax along the last axis, the width of the picture, not the classes.

kind: output
codes: other: softmax_over_wrong_axis
from: https://github.com/hfslyc/AdvSemiSeg/issues/73
score: accuracy on held-out pixels, higher is better
"""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
smooth = F.avg_pool2d(torch.randn(110, 3, 12, 12), 3, stride=1, padding=1)
classes = (smooth + torch.tensor([0.2, 0.0, -0.2]).view(1, 3, 1, 1)).argmax(1)
images = smooth + 0.1 * torch.randn(110, 3, 12, 12)
net = nn.Sequential(
    nn.Conv2d(3, 12, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(12, 3, 1),
    nn.LogSoftmax(dim=-1),  # mistake
    # fix: nn.LogSoftmax(dim=1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _epoch in range(40):
    for batch in torch.randperm(90).split(20):
        optimizer.zero_grad()
        F.nll_loss(net(images[batch]), classes[batch]).backward()
        optimizer.step()
print((net(images[90:]).argmax(1) == classes[90:]).float().mean().item())
