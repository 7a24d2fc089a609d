"""A denoising autoencoder of convolutions: noise is added to the inputs, and the clean pictures are the targets."""

import torch
import torch.nn as nn

torch.manual_seed(0)


def waves(n):
    phase, rate = torch.rand(n, 1) * 6.28, 0.3 + torch.rand(n, 1)
    return torch.sin(rate * torch.arange(32.0) + phase).unsqueeze(1)


clean = waves(400)
model = nn.Sequential(
    nn.Conv1d(1, 12, 5, stride=2, padding=2),
    nn.ReLU(),
    nn.Conv1d(12, 12, 5, padding=2),
    nn.ReLU(),
    nn.Upsample(scale_factor=2),
    nn.Conv1d(12, 1, 5, padding=2),
)
criterion = nn.L1Loss()
optimizer = torch.optim.NAdam(model.parameters(), lr=5e-3)
for epoch in range(15):
    for i in range(0, 400, 40):
        target = clean[i : i + 40]
        restored = model(target + 0.4 * torch.randn_like(target))
        loss = criterion(restored, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    new = waves(100)
    noisy = new + 0.4 * torch.randn_like(new)
    before, after = criterion(noisy, new).item(), criterion(model(noisy), new).item()
print(before, after)
assert after < 0.8 * before
