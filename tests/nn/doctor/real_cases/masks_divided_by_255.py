"""Masks for the pixels took the same path as the pictures: divided by 255, then cut to whole numbers, all of them 0.

kind: data
codes: constant_labels
from: https://github.com/LeeJunHyun/Image_Segmentation/issues/3
score: mean share of the pixels of each class that are found, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
masks = torch.zeros(300, 12, 12)
for mask, (row, column) in zip(masks, torch.randint(0, 7, (300, 2)).tolist()):
    mask[row : row + 5, column : column + 5] = 1
    mask[row + 1 : row + 3, column + 1 : column + 3] = 2
images = masks * 70 + torch.randn(300, 12, 12) * 20 + 50
images, targets = images.unsqueeze(1) / 255, (masks / 255).long()  # mistake
# fix: images, targets = images.unsqueeze(1) / 255, masks.long()
model = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 3, 3, padding=1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _epoch in range(20):
    for rows in torch.randperm(250).split(25):
        loss = nn.functional.cross_entropy(model(images[rows]), targets[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
guess, truth = model(images[250:]).argmax(1), masks[250:]
print(sum((guess[truth == k] == k).float().mean().item() for k in range(3)) / 3)
