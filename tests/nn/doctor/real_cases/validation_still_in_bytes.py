"""Only the training pictures were brought to mean 0 and deviation 1; validation stayed near chance all the time.

kind: data
codes: validation_scale
from: https://github.com/JeasunLok/ResNet-pytorch/issues/1
score: accuracy on the validation pictures, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
shapes = torch.rand(6, 1, 10, 10)
labels = torch.randint(0, 6, (900,))
images = (shapes[labels] * 180 + torch.randn(900, 1, 10, 10) * 60 + 40).clamp(0, 255)
train, valid = images[:700], images[700:]
mean, std = train.mean(), train.std()
train = (train - mean) / std
# fix: valid = (valid - mean) / std
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(200, 6)
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for _epoch in range(10):
    model.train()
    for rows in torch.randperm(700).split(35):
        loss = nn.functional.cross_entropy(model(train[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = (model(valid).argmax(1) == labels[700:]).float().mean()
print(accuracy.item())
