"""Dropout was put behind every layer, the last one too: half the forecasts in training were 0, the others doubled.

kind: model
codes: dropout_after_last_layer
from: https://stackoverflow.com/questions/38125657/what-layers-should-experience-dropout-when-training-a-neural-network
score: squared error on hours held back, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
weather = torch.randn(1200, 6)
power = 1.5 + weather[:, 0] + (weather[:, 1] * 1.5).sin() + 0.5 * weather[:, 2].abs() + 0.1 * torch.randn(1200)
model = nn.Sequential(
    nn.Linear(6, 128),
    nn.ReLU(),
    nn.Dropout(0.2),
    nn.Linear(128, 1),
    nn.Dropout(0.5),  # mistake
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for _epoch in range(20):
    model.train()
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.mse_loss(model(weather[rows]).squeeze(1), power[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        error = nn.functional.mse_loss(model(weather[1000:]).squeeze(1), power[1000:])
print(error.item())
