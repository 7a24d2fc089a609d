"""One optimizer holds both networks of a GAN: the generator's step also moves the discriminator, towards being fooled.

kind: optimizer
codes: other: shared_optimizer
from: https://github.com/eriklindernoren/Keras-GAN/issues/128
score: distance of the mean and deviation of made numbers from the real ones, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
discriminator = nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
both = [*generator.parameters(), *discriminator.parameters()]  # mistake
optimizer_d = optimizer_g = torch.optim.Adam(both, lr=0.003, betas=(0.5, 0.999))  # mistake
# fix: optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=0.003, betas=(0.5, 0.999))
# fix: optimizer_g = torch.optim.Adam(generator.parameters(), lr=0.003, betas=(0.5, 0.999))
loss_function, one, zero = nn.BCEWithLogitsLoss(), torch.ones(128, 1), torch.zeros(128, 1)
for step in range(800):
    real, noise = -3 + 0.7 * torch.randn(128, 1), torch.randn(128, 2)
    optimizer_d.zero_grad()
    loss = loss_function(discriminator(real), one) + loss_function(discriminator(generator(noise).detach()), zero)
    loss.backward()
    optimizer_d.step()
    optimizer_g.zero_grad()
    loss_function(discriminator(generator(noise)), one).backward()
    optimizer_g.step()

made = generator(torch.randn(2000, 2)).detach()
print((abs(made.mean() + 3) + abs(made.std() - 0.7)).item())
