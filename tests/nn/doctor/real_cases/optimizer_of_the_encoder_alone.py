"""The optimizer of a variational autoencoder is given the encoder's parameters alone; the decoder stays random.

kind: optimizer
codes: not_moved
from: https://github.com/zdebruine/MMVAE/issues/39
score: mean squared error of the reconstruction of held-out rows, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
rows = torch.tanh(torch.randn(1200, 3) @ torch.randn(3, 24)) + 0.05 * torch.randn(1200, 24)
encoder = nn.Sequential(nn.Linear(24, 32), nn.ReLU(), nn.Linear(32, 6))
decoder = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 24))
optimizer = torch.optim.Adam(encoder.parameters(), lr=0.005)  # mistake
# fix: optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.005)
for _ in range(500):
    x = rows[torch.randint(0, 1000, (64,))]
    mean, log_variance = encoder(x).chunk(2, dim=1)
    z = mean + (0.5 * log_variance).exp() * torch.randn(64, 3)
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
    loss = nn.functional.mse_loss(decoder(z), x) + 0.002 * kl
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

with torch.no_grad():
    print(nn.functional.mse_loss(decoder(encoder(rows[1000:])[:, :3]), rows[1000:]).item())
