"""A search for a learning rate: four short runs from the same weights, then a long one at the best of them."""

import copy

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(500, 12)
y = torch.tanh(x @ torch.randn(12, 3)).argmax(1)
fresh = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 3))


def run(rate, steps):
    model = copy.deepcopy(fresh)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for step in range(steps):
        rows = torch.randint(0, 400, (32,))
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return model, nn.functional.cross_entropy(model(x[400:]), y[400:]).item()


losses = {rate: run(rate, steps=40)[1] for rate in (0.01, 0.03, 0.1, 0.3)}
best = min(losses, key=losses.get)
model, loss = run(best, steps=300)
print(losses, best, loss)
assert loss < 0.6
