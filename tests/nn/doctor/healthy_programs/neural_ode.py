"""A neural ODE, by Euler's steps: a network gives the speed at each place, the path is compared with a spiral."""

import torch
from torch import nn


class Speed(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))

    def forward(self, state):
        return self.net(state)


def path(speed, state, steps, dt=0.1):
    states = [state]
    for _ in range(steps):
        state = state + dt * speed(state)
        states.append(state)
    return torch.stack(states)


torch.manual_seed(0)
turn = torch.tensor([[-0.1, 1.0], [-1.0, -0.1]])
starts = torch.randn(40, 2)
truth = path(lambda state: state @ turn.T, starts, steps=12)
speed = Speed()
optimizer = torch.optim.Adam(speed.parameters(), lr=1e-2)
losses = []
for step in range(150):
    rows = torch.randint(0, 40, (16,))
    predicted = path(speed, starts[rows], steps=12)
    loss = (predicted - truth[:, rows]).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(losses[0], losses[-1])
assert losses[-1] < 0.2 * losses[0]
