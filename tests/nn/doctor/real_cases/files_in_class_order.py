"""The pictures came folder by folder, one class after the other, and the loader did not shuffle them.

kind: data
codes: batches_of_one_class
from: https://github.com/zalandoresearch/fashion-mnist/pull/5
score: accuracy on new pictures, higher is better
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
patterns = torch.randn(5, 1, 8, 8)
labels = torch.arange(5).repeat_interleave(160)
images = patterns[labels] + torch.randn(800, 1, 8, 8)
loader = DataLoader(TensorDataset(images, labels), batch_size=32)  # mistake
# fix: loader = DataLoader(TensorDataset(images, labels), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 5))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for _epoch in range(8):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
new = torch.randint(0, 5, (500,))
print((model(patterns[new] + torch.randn(500, 1, 8, 8)).argmax(1) == new).float().mean().item())
