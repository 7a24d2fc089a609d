"""SimCLR: two noisy views of each sample are drawn together and away from all others, with no label."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Projected(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(12, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Linear(48, 16))
        self.projector = nn.Sequential(nn.ReLU(), nn.Linear(16, 16))

    def forward(self, x):
        return F.normalize(self.projector(self.encoder(x)), dim=1)


def nt_xent(z1, z2, temperature=0.5):
    n = z1.size(0)
    z = torch.cat([z1, z2])
    similarity = (z @ z.t() / temperature).masked_fill(torch.eye(2 * n, dtype=torch.bool), -1e9)
    partner = torch.cat([torch.arange(n, 2 * n), torch.arange(n)])
    return F.cross_entropy(similarity, partner)


torch.manual_seed(0)
data = torch.randn(512, 12)
model = Projected()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-6)
losses = []
for epoch in range(20):
    for batch in data[torch.randperm(512)].split(64):
        first, second = batch + 0.2 * torch.randn_like(batch), batch + 0.2 * torch.randn_like(batch)
        loss = nt_xent(model(first), model(second))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
print(losses[0], losses[-1])
assert losses[-1] < losses[0] - 0.5
