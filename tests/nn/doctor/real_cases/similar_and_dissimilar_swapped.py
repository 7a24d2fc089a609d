"""In the contrastive loss 0 means similar, in the data 1 does: pairs that match are pushed apart.

kind: loss
codes: other: labels_swapped
from: https://github.com/VinhLoiIT/signet-pytorch/issues/2
score: share of held-out pairs told right, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
writers = torch.randn(8, 16)


def pairs(n):
    first, second = torch.randint(0, 8, (2, n))
    second = torch.where(torch.rand(n) < 0.5, first, second)
    a, b = writers[first] + 0.4 * torch.randn(n, 16), writers[second] + 0.4 * torch.randn(n, 16)
    return a, b, (first == second).float()


net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _step in range(250):
    a, b, same = pairs(64)
    distance = (net(a) - net(b)).pow(2).sum(1).add(1e-6).sqrt()
    near, far = distance.pow(2), (2 - distance).clamp(min=0).pow(2)
    loss = ((1 - same) * near + same * far).mean()  # mistake
    # fix: loss = (same * near + (1 - same) * far).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
a, b, same = pairs(400)
print((((net(a) - net(b)).norm(dim=1) < 1) == (same == 1)).float().mean().item())
