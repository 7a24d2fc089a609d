"""The rows were shuffled by hand before each epoch, the inputs by one permutation and the labels by another.

kind: data
codes: shuffled_labels
from: https://github.com/mlcommons/GaNDLF/pull/870
score: accuracy on flowers held back, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
centres = torch.randn(3, 4) * 2
species = torch.randint(0, 3, (600,))
flowers = centres[species] + torch.randn(600, 4)
train_x, train_y, test_x, test_y = flowers[:450], species[:450], flowers[450:], species[450:]

model = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for _epoch in range(30):
    train_x = train_x[torch.randperm(450)]  # mistake
    train_y = train_y[torch.randperm(450)]  # mistake
    # fix: order = torch.randperm(450)
    # fix: train_x, train_y = train_x[order], train_y[order]
    for x, y in zip(train_x.split(30), train_y.split(30)):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(test_x).argmax(1) == test_y).float().mean().item())
