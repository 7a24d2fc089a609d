"""The part that collects the picture's features detached them, so only the head behind it was ever trained.

kind: model
codes: no_gradient
from: https://github.com/lucidrains/CoCa-pytorch/issues/6
score: accuracy on new pictures, higher is better
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 6, 3, stride=2), nn.ReLU(), nn.Conv2d(6, 6, 3, stride=2), nn.ReLU())
        self.head = nn.Linear(6, 4)

    def forward(self, images):
        features = self.encoder(images).mean((2, 3))
        features = features.clone().detach()  # mistake
        return self.head(features)


torch.manual_seed(0)
row, column = torch.arange(12.0).view(12, 1).expand(12, 12), torch.arange(12.0).expand(12, 12)
kinds = torch.randint(0, 4, (1000,))
waves = torch.stack([row, column, row + column, row - column])[kinds].unsqueeze(1)
images = (waves * 1.5 + 6.3 * torch.rand(1000, 1, 1, 1)).sin() + 0.3 * torch.randn(1000, 1, 12, 12)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _epoch in range(10):
    for rows in torch.randperm(800).split(40):
        loss = nn.functional.cross_entropy(model(images[rows]), kinds[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(images[800:]).argmax(1) == kinds[800:]).float().mean().item())
