"""The forecast of a wave leaves the network through a tanh; peaks beyond 1 are cut off however long it trains.

kind: output
codes: targets_out_of_range
from: https://github.com/pytorch/examples/pull/250
score: squared error on held-out windows, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
phase = 6.28 * torch.rand(500, 1)
time = torch.arange(13) * 0.5
waves = 3 * torch.sin(time + phase) + 0.05 * torch.randn(500, 13)
inputs, targets = waves[:, :12].unsqueeze(2), waves[:, 12:]
rnn = nn.LSTM(1, 16, batch_first=True)
output = nn.Sequential(
    nn.Linear(16, 1),
    nn.Tanh(),  # mistake
)
optimizer = torch.optim.Adam([*rnn.parameters(), *output.parameters()], lr=0.01)
for _epoch in range(25):
    for batch in torch.randperm(400).split(50):
        optimizer.zero_grad()
        states, _ = rnn(inputs[batch])
        loss = nn.functional.mse_loss(output(states[:, -1]), targets[batch])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    states, _ = rnn(inputs[400:])
    print(nn.functional.mse_loss(output(states[:, -1]), targets[400:]).item())
