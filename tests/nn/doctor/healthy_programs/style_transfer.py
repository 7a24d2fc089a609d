"""Not the network is trained but its input: noise takes the texture of one picture and the shapes of another."""

import torch
import torch.nn.functional as F
from torch import nn


def gram(features):
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[-1]


torch.manual_seed(0)
network = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
network.eval().requires_grad_(False)
grid = torch.arange(16.0)
content = ((grid[:, None] - 8) ** 2 + (grid - 8) ** 2 < 25).float()[None, None]
style = torch.sin(grid * 1.5).expand(1, 1, 16, 16)
wanted_content, wanted_style = network[:2](content), gram(network(style))
picture = torch.rand(1, 1, 16, 16).requires_grad_()
optimizer = torch.optim.Adam([picture], lr=0.05)
losses = []
for step in range(300):
    optimizer.zero_grad()
    shallow = network[:2](picture)
    loss = F.mse_loss(shallow, wanted_content) + 100 * F.mse_loss(gram(network[2:](shallow)), wanted_style)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(losses[0], losses[-1])
assert losses[-1] < 0.5 * losses[0]
