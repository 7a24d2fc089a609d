"""Three linear layers and nothing between them: the two rings could not be told apart, however wide the network.

kind: model
codes: linear_into_linear
from: https://discuss.pytorch.org/t/unable-to-learn-xor-representation-using-2-layers-of-multi-layered-perceptron-mlp/13287
score: accuracy on new points, higher is better
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.out = nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 1)

    def forward(self, x):
        x = self.second(self.first(x))  # mistake
        # fix: x = self.second(self.first(x).relu()).relu()
        return self.out(x).squeeze(1)


torch.manual_seed(0)
inside = torch.rand(1000) < 0.5
angle, radius = torch.rand(1000) * 6.283, torch.where(inside, 1.0, 2.0) + 0.2 * torch.randn(1000)
points = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
criterion = nn.BCEWithLogitsLoss()
for _epoch in range(15):
    for rows in torch.randperm(800).split(40):
        loss = criterion(model(points[rows]), inside[rows].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(((model(points[800:]) > 0) == inside[800:]).float().mean().item())
