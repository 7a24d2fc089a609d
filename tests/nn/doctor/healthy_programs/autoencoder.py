"""An autoencoder squeezes points from a curved surface through two numbers; the inputs are the targets."""

import torch
from torch import nn

torch.manual_seed(0)
angle, height = torch.rand(500) * 6.28, torch.rand(500) * 2 - 1
surface = torch.stack([angle.sin(), angle.cos(), height, angle.sin() * height, angle.cos() * height], 1)
x = (surface - surface.mean(0)) / surface.std(0)


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 2))
        self.decoder = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 5))

    def forward(self, x):
        return self.decoder(self.encoder(x))


model = AutoEncoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(40):
    for batch in torch.split(x[torch.randperm(len(x))], 50):
        loss = ((model(batch) - batch) ** 2).mean()
        model.zero_grad()
        loss.backward()
        optimizer.step()
error = ((model(x) - x) ** 2).mean().item()
print(error)
assert error < 0.5
