"""In a GAN only the generator's gradients are cleared; the discriminator also steps along all its old ones.

kind: loop
codes: no_zero_grad
from: https://github.com/Hsintien-Ng/idinvert_pytorch-reproduced/issues/1
score: distance of the mean and deviation of made samples from the real ones, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(4, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
discriminator = nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizer_g = torch.optim.Adam(generator.parameters(), lr=0.002, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=0.002, betas=(0.5, 0.999))
loss_function = nn.BCEWithLogitsLoss()
yes, no = torch.ones(64, 1), torch.zeros(64, 1)
for _ in range(800):
    real, fake = 2 + 0.5 * torch.randn(64, 1), generator(torch.randn(64, 4))
    # fix: optimizer_d.zero_grad()
    loss_d = loss_function(discriminator(real), yes) + loss_function(discriminator(fake.detach()), no)
    loss_d.backward()
    optimizer_d.step()
    optimizer_g.zero_grad()
    loss_function(discriminator(fake), yes).backward()
    optimizer_g.step()

made = generator(torch.randn(2000, 4)).detach()
print((abs(made.mean() - 2) + abs(made.std() - 0.5)).item())
