"""A physics-informed network solves a differential equation: the loss is the residual of u'' = -u, and two values."""

import math

import torch
from torch import nn


def derivative(y, x):
    return torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y), create_graph=True)[0]


def main():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    ends, values = torch.tensor([[0.0], [math.pi / 2]]), torch.tensor([[0.0], [1.0]])
    for step in range(500):
        x = (torch.rand(40, 1) * math.pi / 2).requires_grad_()
        u = net(x)
        residual = derivative(derivative(u, x), x) + u
        loss = residual.pow(2).mean() + 10 * (net(ends) - values).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x = torch.linspace(0, math.pi / 2, 50).unsqueeze(1)
    with torch.no_grad():
        error = (net(x) - torch.sin(x)).abs().max().item()
    print(error)
    assert error < 0.1


if __name__ == "__main__":
    main()
