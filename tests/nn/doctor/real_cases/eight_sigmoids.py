"""A sigmoid after each of eight layers: the loss hardly left the level of guessing, with fewer layers it did.

kind: model
codes: vanishing_gradients
from: https://github.com/torch/torch7/issues/1092
score: accuracy on new letters, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
letters = torch.rand(10, 49).round() * 2 - 1
layers = [nn.Linear(49, 48)]
for _ in range(7):
    layers += [nn.Sigmoid(), nn.Linear(48, 48)]  # mistake
    # fix: layers += [nn.ReLU(), nn.Linear(48, 48)]
model = nn.Sequential(*layers, nn.ReLU(), nn.Linear(48, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
criterion = nn.CrossEntropyLoss()
for _step in range(300):
    labels = torch.randint(0, 10, (64,))
    loss = criterion(model(letters[labels] + 0.6 * torch.randn(64, 49)), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
labels = torch.randint(0, 10, (1000,))
print((model(letters[labels] + 0.6 * torch.randn(1000, 49)).argmax(1) == labels).float().mean().item())
