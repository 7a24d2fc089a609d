"""Ten residual blocks of convolutions, with batch norm, and a schedule in steps."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(out)))


torch.manual_seed(0)
kinds = torch.randn(4, 1, 6, 6)
labels = torch.randint(0, 4, (256,))
images = kinds[labels] + 0.7 * torch.randn(256, 1, 6, 6)
stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
model = nn.Sequential(stem, *[Block(8) for _ in range(10)], nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[4, 6], gamma=0.1)
for epoch in range(7):
    model.train()
    for rows in torch.randperm(192).split(32):
        optimizer.zero_grad()
        F.cross_entropy(model(images[rows]), labels[rows]).backward()
        optimizer.step()
    scheduler.step()
model.eval()
with torch.no_grad():
    accuracy = (model(images[192:]).argmax(1) == labels[192:]).float().mean().item()
print(accuracy)
assert accuracy > 0.7
