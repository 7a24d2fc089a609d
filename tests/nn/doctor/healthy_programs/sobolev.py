"""Sobolev training: a network learns a function from its values and its gradients, both known."""

import torch
from torch import nn


def f(x):
    return torch.sin(2 * x[:, :1]) * x[:, 1:]


torch.manual_seed(0)
x = (torch.rand(256, 2) * 2 - 1).requires_grad_()
values = f(x)
(slopes,) = torch.autograd.grad(values.sum(), x)
values, x = values.detach(), x.detach()
net = nn.Sequential(nn.Linear(2, 32), nn.Softplus(), nn.Linear(32, 32), nn.Softplus(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for step in range(300):
    rows = torch.randint(0, 256, (64,))
    inputs = x[rows].clone().requires_grad_(True)
    out = net(inputs)
    (slope,) = torch.autograd.grad(out.sum(), inputs, create_graph=True)
    loss = nn.functional.mse_loss(out, values[rows]) + 0.3 * nn.functional.mse_loss(slope, slopes[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
error = nn.functional.mse_loss(net(x), values).item()
print(error, values.var().item())
assert error < 0.3 * values.var().item()
