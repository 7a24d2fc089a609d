"""A GAN learns a ring of eight spots in the plane, each of the two networks with an Adam of its own."""

import math

import torch
from torch import nn


def block(n_in, n_out):
    return [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]


def real_points(n):
    angle = torch.randint(0, 8, (n,)) * (2 * math.pi / 8)
    return torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(n, 2)


torch.manual_seed(0)
G = nn.Sequential(*block(8, 64), *block(64, 64), nn.Linear(64, 2))
D = nn.Sequential(*block(2, 64), *block(64, 64), nn.Linear(64, 1))
optim_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.9))
optim_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.9))
criterion = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
for step in range(400):
    fake = G(torch.randn(64, 8))
    loss_d = criterion(D(real_points(64)), ones) + criterion(D(fake.detach()), zeros)
    optim_d.zero_grad()
    loss_d.backward()
    optim_d.step()

    loss_g = criterion(D(fake), ones)
    optim_g.zero_grad()
    loss_g.backward()
    optim_g.step()

with torch.no_grad():
    radius = G(torch.randn(500, 8)).norm(dim=1)
print(radius.mean().item())
assert 0.6 < radius.mean() < 1.4
