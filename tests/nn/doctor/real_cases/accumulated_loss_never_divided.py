"""Gradients of 16 small batches are accumulated, but the loss is not divided by 16: the old rate is 16 times too high.

kind: learning rate
codes: lr_too_high
from: https://github.com/fastai/fastai/issues/3023
score: mean squared error of the forecast on held-out series, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)


def series(n):
    beat, start = 0.3 + 0.5 * torch.rand(n, 1), 6 * torch.rand(n, 1)
    wave = torch.sin(beat * torch.arange(25) + start) + 0.05 * torch.randn(n, 25)
    return wave[:, :-1].unsqueeze(1), wave[:, -1:]


model = nn.Sequential(nn.Conv1d(1, 16, 5), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 20, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
accumulation = 16
for i in range(16 * 160):
    x, y = series(4)
    loss = nn.functional.mse_loss(model(x), y)
    # fix: loss = loss / accumulation
    loss.backward()
    if (i + 1) % accumulation == 0:
        optimizer.step()
        optimizer.zero_grad()

x, y = series(500)
with torch.no_grad():
    print(nn.functional.mse_loss(model(x), y).item())
