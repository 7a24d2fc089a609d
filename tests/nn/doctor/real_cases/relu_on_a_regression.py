"""The regression network's last activation is a ReLU, half of its targets are negative: those are answered with 0.

kind: output
codes: targets_out_of_range
from: https://github.com/jcjohnson/pytorch-examples/issues/30
score: squared error on held-out samples, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
sensors = torch.randn(500, 6)
drift = (sensors[:, 0] * sensors[:, 1] + sensors[:, 2]).unsqueeze(1)


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 40)
        self.out = nn.Linear(40, 1)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        return torch.relu(self.out(x))  # mistake
        # fix: return self.out(x)


model = Regressor()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _epoch in range(30):
    for batch in torch.randperm(400).split(40):
        loss = nn.functional.mse_loss(model(sensors[batch]), drift[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(nn.functional.mse_loss(model(sensors[400:]), drift[400:]).item())
