"""The network is exchanged for a bigger one during training, and the optimizer goes on with the old one's weights.

kind: optimizer
codes: foreign_parameters
from: https://github.com/pytorch/pytorch/issues/54765
score: accuracy on held-out points, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(1500, 2)
y = ((x[:, 0] * x[:, 1] > 0) ^ (x.norm(dim=1) > 1.2)).long()


def network(width):
    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2))


net = network(4)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(600):
    if step == 50:  # too small: try a bigger one
        net = network(32)
        # fix: optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    i = torch.randint(0, 1000, (64,))
    loss = nn.functional.cross_entropy(net(x[i]), y[i])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

with torch.no_grad():
    print((net(x[1000:]).argmax(1) == y[1000:]).float().mean().item())
