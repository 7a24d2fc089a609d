"""A classifier whose layers have their spectral norm, or a norm of its own, as a part of the parametrization."""

import torch
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm

torch.manual_seed(0)
radius = torch.rand(600) * 2
angle = torch.rand(600) * 6.28
x = torch.stack([radius * angle.cos(), radius * angle.sin()], 1)
y = ((radius > 0.7) & (radius < 1.4)).float().unsqueeze(1)
model = nn.Sequential(
    weight_norm(nn.Linear(2, 48)),
    nn.ReLU(),
    weight_norm(nn.Linear(48, 48)),
    nn.ReLU(),
    spectral_norm(nn.Linear(48, 24)),
    nn.ReLU(),
    nn.Linear(24, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(25):
    model.train()
    for rows in torch.randperm(500).split(50):
        loss = nn.functional.binary_cross_entropy_with_logits(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
accuracy = ((model(x[500:]) > 0).float() == y[500:]).float().mean().item()
print(accuracy)
assert accuracy > 0.8
