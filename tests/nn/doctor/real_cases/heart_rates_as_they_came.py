"""The network that had learned circles was fed with heart rates and blood pressures, and its loss stood still.

kind: data
codes: inputs_not_normalised
from: https://openillumi.com/en/en-pytorch-performance-fix-standardization
score: accuracy on patients held back, higher is better
"""

import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(3, 24), nn.Linear(24, 1)

    def forward(self, x):
        return self.out(torch.sigmoid(self.hidden(x))).squeeze(1)


torch.manual_seed(0)
x = torch.randn(1200, 3) * torch.tensor([9.0, 16.0, 11.0]) + torch.tensor([74.0, 128.0, 82.0])
ill = (((x[:, 0] - 74) / 9) ** 2 + ((x[:, 1] - 128) / 16) ** 2 > 1.4).float()
# fix: x = (x - x[:1000].mean(0)) / x[:1000].std(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for _epoch in range(30):
    for rows in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), ill[rows])
        loss.backward()
        optimizer.step()
print(((model(x[1000:]) > 0) == (ill[1000:] > 0.5)).float().mean().item())
