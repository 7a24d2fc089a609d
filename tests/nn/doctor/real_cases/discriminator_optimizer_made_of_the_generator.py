"""The optimizer of the discriminator was made of the generator's parameters; the discriminator never learns.

kind: optimizer
codes: foreign_parameters, not_moved
from: https://github.com/zhaoyuzhi/deepfillv2/pull/3
score: distance of the mean and deviation of made points from the real ones, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 2))
discriminator = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
optimizer_g = torch.optim.Adam(generator.parameters(), lr=0.001, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(generator.parameters(), lr=0.001, betas=(0.5, 0.999))  # mistake
# fix: optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=0.001, betas=(0.5, 0.999))
goal, spread = torch.tensor([1.0, -1.5]), torch.tensor([0.5, 0.8])
for _ in range(1200):
    real, fake = goal + spread * torch.randn(128, 2), generator(torch.randn(128, 4))
    optimizer_d.zero_grad()
    softplus = nn.functional.softplus
    (softplus(-discriminator(real)) + softplus(discriminator(fake.detach()))).mean().backward()
    optimizer_d.step()
    optimizer_g.zero_grad()
    softplus(-discriminator(fake)).mean().backward()
    optimizer_g.step()

made = generator(torch.randn(2000, 4)).detach()
print(((made.mean(0) - goal).abs().sum() + (made.std(0) - spread).abs().sum()).item())
