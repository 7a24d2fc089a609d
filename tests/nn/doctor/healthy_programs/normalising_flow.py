"""A flow of coupling layers learns the density of two moons, by the change of variables."""

import math

import torch
from torch import nn


class Coupling(nn.Module):
    def __init__(self, first):
        super().__init__()
        self.first = first
        self.net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        kept, changed = x[:, self.first], x[:, 1 - self.first]
        log_scale, shift = self.net(kept.unsqueeze(1)).unbind(1)
        log_scale = torch.tanh(log_scale)
        changed = changed * log_scale.exp() + shift
        pair = [kept, changed] if self.first == 0 else [changed, kept]
        return torch.stack(pair, 1), log_scale


class Flow(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.layers = nn.ModuleList(Coupling(i % 2) for i in range(depth))

    def log_prob(self, x):
        total = 0.0
        for layer in self.layers:
            x, log_det = layer(x)
            total = total + log_det
        return total - 0.5 * (x**2).sum(1) - math.log(2 * math.pi)


torch.manual_seed(0)
angle, side = torch.rand(800) * math.pi, torch.arange(800) % 2
moons = torch.stack([angle.cos() + side - 0.5, (1 - 2 * side) * (angle.sin() - 0.25)], 1) + 0.08 * torch.randn(800, 2)
flow, history = Flow(6), []
optimizer = torch.optim.Adam(flow.parameters(), lr=5e-3)
for step in range(250):
    loss = -flow.log_prob(moons[torch.randint(0, 800, (64,))]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
print(history[0], history[-1])
assert history[-1] < history[0] - 0.4
