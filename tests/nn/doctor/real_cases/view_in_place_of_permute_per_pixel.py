"""Scores (N, C, H, W) are made rows of C by view, without moving C last: each row holds pixels, not classes.

kind: loss
codes: other: view_in_place_of_permute
from: https://github.com/vitrioil/Speech-Separation/issues/4
score: accuracy on held-out pixels, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
smooth = nn.functional.avg_pool2d(torch.randn(110, 4, 12, 12), 3, stride=1, padding=1)
classes = smooth.argmax(1)
images = smooth + 0.1 * torch.randn(110, 4, 12, 12)
net = nn.Sequential(
    nn.Conv2d(4, 16, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(16, 4, 3, padding=1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for _epoch in range(40):
    for batch in torch.randperm(90).split(20):
        rows = net(images[batch]).view(-1, 4)  # mistake
        # fix: rows = net(images[batch]).permute(0, 2, 3, 1).reshape(-1, 4)
        loss = criterion(rows, classes[batch].view(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((net(images[90:]).argmax(1) == classes[90:]).float().mean().item())
