"""A VAE adds a reconstruction error averaged over pixels and a KL term summed over the batch; all pictures look alike.

kind: loss
codes: other: loss_terms_out_of_scale
from: https://github.com/zdebruine/MMVAE/pull/19
score: squared error of held-out reconstructions, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
images = torch.sigmoid(torch.randn(700, 3) @ torch.randn(3, 64) * 2)
encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
decoder = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid())
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.003)
for _epoch in range(40):
    for x in images[:600].split(50):
        mu, logvar = encoder(x).chunk(2, dim=1)
        z = mu + torch.randn_like(mu) * (logvar / 2).exp()
        reconstruction = nn.functional.mse_loss(decoder(z), x)  # mistake
        # fix: reconstruction = nn.functional.mse_loss(decoder(z), x, reduction="sum")
        kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss = reconstruction + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    mu, _ = encoder(images[600:]).chunk(2, dim=1)
    print(nn.functional.mse_loss(decoder(mu), images[600:]).item())
