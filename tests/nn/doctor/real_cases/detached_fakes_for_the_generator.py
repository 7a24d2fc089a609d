"""The generator's loss is taken on the fakes that were detached for the discriminator: the generator never changes.

kind: loss
codes: no_gradient
from: https://github.com/nikhilsinghmus/image2reverb/issues/37
score: distance of the mean of the fakes from the mean of the data, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
centre = torch.tensor([2.0, -1.0])
generator = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
discriminator = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
g_optimizer = torch.optim.Adam(generator.parameters(), lr=0.0005, betas=(0.5, 0.999))
d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=0.002, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
for _step in range(1000):
    real = centre + 0.5 * torch.randn(64, 2)
    fake = generator(torch.randn(64, 4))
    d_loss = bce(discriminator(real), ones) + bce(discriminator(fake.detach()), zeros)
    d_optimizer.zero_grad()
    d_loss.backward()
    d_optimizer.step()
    g_loss = bce(discriminator(fake.detach()), ones)  # mistake
    # fix: g_loss = bce(discriminator(fake), ones)
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
print((generator(torch.randn(500, 4)).mean(0) - centre).norm().item())
