"""All convolutions started with deviation 0.01: the signal died on its way through the layers, the loss stayed put.

kind: initialisation
codes: vanishing_gradients
from: https://github.com/ageron/handson-ml/pull/176
score: accuracy on new pictures, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
shapes = torch.randn(5, 1, 8, 8)
layers = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU()]
for _ in range(4):
    layers += [nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()]
model = nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 5))
for layer in model:
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        nn.init.normal_(layer.weight, std=0.01)  # mistake
        # fix: nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for _step in range(160):
    kinds = torch.randint(0, 5, (24,))
    loss = nn.functional.cross_entropy(model(shapes[kinds] + 0.7 * torch.randn(24, 1, 8, 8)), kinds)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
kinds = torch.randint(0, 5, (300,))
print((model(shapes[kinds] + 0.7 * torch.randn(300, 1, 8, 8)).argmax(1) == kinds).float().mean().item())
