"""A new branch was to start silent, so both of its layers were set to 0; it then stayed silent for good.

kind: initialisation
codes: zero_init
from: https://github.com/yz93/LAVT-RIS/issues/25
score: squared error on new samples, lower is better
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.head = nn.Linear(2, 32), nn.Linear(32, 1)
        self.branch = nn.Sequential(nn.Linear(32, 32, bias=False), nn.ReLU(), nn.Linear(32, 32, bias=False))
        nn.init.zeros_(self.branch[0].weight)  # mistake
        nn.init.zeros_(self.branch[2].weight)

    def forward(self, x):
        x = self.stem(x)
        return self.head(x + self.branch(x)).squeeze(1)


torch.manual_seed(0)
x = torch.rand(1200, 2) * 4 - 2
y = x[:, 0] * x[:, 1] + x[:, 0].abs()
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for _epoch in range(20):
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(nn.functional.mse_loss(model(x[1000:]), y[1000:]).item())
