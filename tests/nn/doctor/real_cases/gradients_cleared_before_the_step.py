"""Gradients are cleared between backward and step; the warm-up of the rate runs, but the weights stay what they were.

kind: loop
codes: not_moved
from: https://github.com/Tony-Y/pytorch_warmup/issues/12
score: accuracy on held-out samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
centres = torch.randn(6, 10)


def batch(n):
    kind = torch.randint(0, 6, (n,))
    return centres[kind] + 0.6 * torch.randn(n, 10), kind


net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 6))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 50))
for step in range(250):
    inputs, targets = batch(64)
    loss = nn.functional.cross_entropy(net(inputs), targets)
    loss.backward()
    optimizer.zero_grad()  # mistake
    optimizer.step()
    # fix: optimizer.zero_grad()
    scheduler.step()

inputs, targets = batch(1000)
print((net(inputs).argmax(1) == targets).float().mean().item())
