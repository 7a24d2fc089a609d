"""A backbone is trained on one task, frozen, and given a new head; then a layer of it is trained again."""

import torch
from torch import nn


def fit(model, optimizer, x, y, epochs):
    criterion = nn.CrossEntropyLoss()
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(25):
            optimizer.zero_grad()
            criterion(model(x[rows]), y[rows]).backward()
            optimizer.step()


torch.manual_seed(0)
causes = torch.randn(900, 3)
x = torch.tanh(causes @ torch.randn(3, 16)) + 0.1 * torch.randn(900, 16)
old, new = causes.argmax(1), (causes[:, 0] > causes[:, 1]).long()
model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 3))
fit(model, torch.optim.Adam(model.parameters(), lr=5e-3), x[:500], old[:500], epochs=8)

for parameter in model.parameters():
    parameter.requires_grad = False
model[-1] = nn.Linear(16, 2)
fit(model, torch.optim.Adam(model[-1].parameters(), lr=1e-2), x[500:700], new[500:700], epochs=15)

for parameter in model[2].parameters():
    parameter.requires_grad = True
groups = [{"params": model[2].parameters(), "lr": 1e-3}, {"params": model[-1].parameters(), "lr": 5e-3}]
fit(model, torch.optim.Adam(groups), x[500:700], new[500:700], epochs=15)
model.eval()
with torch.no_grad():
    accuracy = (model(x[700:]).argmax(1) == new[700:]).float().mean().item()
print(accuracy)
assert accuracy > 0.8
