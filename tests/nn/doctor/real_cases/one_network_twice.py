"""A network for pitch and one for loudness were made by multiplying a list, which gave the same one twice.

kind: model
codes: other: shared_weights
from: https://github.com/acids-ircam/ddsp_pytorch/issues/37
score: share of the variance of new samples that is explained, higher is better
"""

import torch
from torch import nn


def mlp():
    return nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([mlp()] * 2)  # mistake
        # fix: self.parts = nn.ModuleList([mlp() for _ in range(2)])
        self.out = nn.Linear(32, 1)

    def forward(self, pitch, loudness):
        return self.out(self.parts[0](pitch) + self.parts[1](loudness))


torch.manual_seed(0)
pitch, loudness = torch.rand(2, 1200, 1) * 2 - 1
sound = (4 * pitch).sin() - loudness.abs() * 2 + 0.1 * torch.randn(1200, 1)
model = Decoder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for _epoch in range(30):
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.mse_loss(model(pitch[rows], loudness[rows]), sound[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
errors = model(pitch[1000:], loudness[1000:]) - sound[1000:]
print(1 - (errors.square().mean() / sound[1000:].var()).item())
