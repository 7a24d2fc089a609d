"""A variational autoencoder of small binary pictures of bars, with the loss as reconstruction plus divergence."""

import torch
import torch.nn.functional as F
from torch import nn


class VAE(nn.Module):
    def __init__(self, hidden=64, latent=4):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(36, hidden), nn.ReLU())
        self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.decode = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 36))

    def forward(self, x):
        h = self.encode(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return self.decode(z), mu, logvar


def loss_function(logits, x, mu, logvar):
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return (bce + kld) / x.size(0)


torch.manual_seed(0)
images = torch.zeros(600, 6, 6)
for image, place, upright in zip(images, torch.randint(0, 6, (600,)), torch.rand(600) < 0.5):
    if upright:
        image[:, place] = 1
    else:
        image[place] = 1
x = images.flatten(1)
model, losses = VAE(), []
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(30):
    for batch in x[torch.randperm(600)].split(50):
        optimizer.zero_grad()
        loss = loss_function(*model(batch)[:1], batch, *model(batch)[1:])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
print(losses[0], losses[-1])
assert losses[-1] < 0.6 * losses[0]
