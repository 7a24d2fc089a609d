"""X-ray pictures reach from -1024 to 1024 and went in like that; the loss leapt up and stayed near that of guessing.

kind: data
codes: inputs_not_normalised
from: https://github.com/mlmed/torchxrayvision/issues/9
score: accuracy on new pictures, higher is better
"""

import torch
from torch import nn


def pictures(n):
    kinds = torch.randint(0, 4, (n,))
    images = torch.randint(-1024, 300, (n, 1, 12, 12)).float()
    for image, kind in zip(images, kinds.tolist()):
        image[0, 6 * (kind // 2) + 1 : 6 * (kind // 2) + 5, 6 * (kind % 2) + 1 : 6 * (kind % 2) + 5] += 700
    # fix: images = (images + 200) / 450
    return images, kinds


torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(200, 32), nn.ReLU(), nn.Linear(32, 4)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
for _ in range(200):
    images, kinds = pictures(32)
    loss = nn.functional.cross_entropy(model(images), kinds)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
images, kinds = pictures(500)
print((model(images).argmax(1) == kinds).float().mean().item())
