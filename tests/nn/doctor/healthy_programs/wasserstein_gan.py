"""A Wasserstein GAN with a gradient penalty: three steps of the critic for each step of the generator."""

import torch
import torch.nn as nn
from torch import autograd, optim


def mlp(sizes):
    layers = []
    for a, b in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def gradient_penalty(critic, real, fake):
    mix = torch.rand(real.size(0), 1)
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    scores = critic(between)
    (grads,) = autograd.grad(scores, between, torch.ones_like(scores), create_graph=True)
    return ((grads.norm(2, dim=1) - 1) ** 2).mean()


torch.manual_seed(0)
generator, critic = mlp([4, 32, 32, 2]), mlp([2, 32, 32, 1])
opt_g = optim.Adam(generator.parameters(), lr=1e-2, betas=(0.5, 0.9))
opt_c = optim.Adam(critic.parameters(), lr=1e-2, betas=(0.5, 0.9))
centre = torch.tensor([1.0, -0.5])
schedule = optim.lr_scheduler.LinearLR(opt_g, 1.0, 0.05, total_iters=150)
for iteration in range(150):
    for _ in range(3):
        real = centre + 0.5 * torch.randn(32, 2)
        fake = generator(torch.randn(32, 4)).detach()
        opt_c.zero_grad()
        loss = critic(fake).mean() - critic(real).mean() + 10 * gradient_penalty(critic, real, fake)
        loss.backward()
        opt_c.step()
    opt_g.zero_grad()
    (-critic(generator(torch.randn(32, 4))).mean()).backward()
    opt_g.step()
    schedule.step()
with torch.no_grad():
    away = (generator(torch.randn(500, 4)).mean(0) - centre).norm().item()
print(away)
assert away < 0.8
