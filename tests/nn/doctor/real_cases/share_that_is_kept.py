"""A network moved over from another library brought its 0.9, there the share of units kept, here the share dropped.

kind: model
codes: dropout_too_high
from: https://discuss.pytorch.org/t/the-p-in-dropout/10698
score: accuracy on new samples, higher is better
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, keep=0.9):
        super().__init__()
        dropout = nn.Dropout(keep)  # mistake
        # fix: dropout = nn.Dropout(1 - keep)
        self.layers = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), dropout, nn.Linear(64, 64), nn.ReLU(), dropout)
        self.head = nn.Linear(64, 6)

    def forward(self, x):
        return self.head(self.layers(x))


torch.manual_seed(0)
first, second = torch.randn(6, 30), torch.randn(6, 30)
labels = torch.randint(0, 6, (2000,))
x = torch.where(torch.rand(2000, 1) < 0.5, first[labels], second[labels]) + torch.randn(2000, 30)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
for _epoch in range(8):
    for rows in torch.randperm(1500).split(50):
        loss = nn.functional.cross_entropy(model(x[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
print((model(x[1500:]).argmax(1) == labels[1500:]).float().mean().item())
