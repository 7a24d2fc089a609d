"""train_epoch() makes its own Adam every time; what it knew of the gradients is lost, and the fit stays rough.

kind: optimizer
codes: optimizer_remade
from: https://github.com/alan-turing-institute/deepsensor/issues/47
score: mean squared error on held-out points, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
place = torch.rand(600, 2) * 2 - 1
heat = (torch.sin(4 * place[:, :1]) + place[:, 1:] ** 2) + 0.02 * torch.randn(600, 1)
model = nn.Sequential(nn.Linear(2, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1))


def train_epoch(place, heat):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)  # mistake
    for i in torch.randperm(500).split(250):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(place[i]), heat[i])
        loss.backward()
        optimizer.step()


# fix: optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(250):
    train_epoch(place[:500], heat[:500])

with torch.no_grad():
    print(nn.functional.mse_loss(model(place[500:]), heat[500:]).item())
