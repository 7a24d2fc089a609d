"""Cross-validation: for each of five folds a new model, a new optimizer, and other samples held out."""

import torch
from torch import nn


def new_model():
    return nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))


def train(model, x, y, epochs=20):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()


@torch.no_grad()
def score(model, x, y):
    model.eval()
    return 1 - nn.functional.mse_loss(model(x), y).item() / y.var().item()


torch.manual_seed(0)
x = torch.randn(400, 6)
y = x[:, :1] * 2 + torch.relu(x[:, 1:2]) * 3 - x[:, 2:3].abs() + 0.3 * torch.randn(400, 1)
x, y = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
folds = torch.randperm(400).chunk(5)
scores = []
for k in range(5):
    held_out = folds[k]
    rest = torch.cat([fold for i, fold in enumerate(folds) if i != k])
    model = new_model()
    train(model, x[rest], y[rest])
    scores.append(score(model, x[held_out], y[held_out]))
print(scores)
assert min(scores) > 0.6
