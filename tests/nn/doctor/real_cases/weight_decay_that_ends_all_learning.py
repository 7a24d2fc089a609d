"""A small LeNet learns with plain Adam; with weight decay in the optimizer its accuracy stays at that of guessing.

kind: optimizer
codes: weight_decay_too_high
from: https://stackoverflow.com/questions/61633868
score: accuracy on held-out images, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
patterns = torch.rand(6, 3, 12, 12)


def images(n):
    label = torch.randint(0, 6, (n,))
    return 0.5 * patterns[label] + 0.5 * torch.rand(n, 3, 12, 12), label


net = nn.Sequential(
    nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(150, 40), nn.ReLU(), nn.Linear(40, 6)
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.002, weight_decay=0.1)  # mistake
# fix: optimizer = torch.optim.Adam(net.parameters(), lr=0.002)
for _ in range(400):
    x, y = images(32)
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

x, y = images(600)
with torch.no_grad():
    print((net(x).argmax(1) == y).float().mean().item())
