"""Ratings of films by viewers, as a product of two embeddings and two biases."""

import torch
from torch import nn


class Factors(nn.Module):
    def __init__(self, viewers, films, width=6):
        super().__init__()
        self.viewer, self.film = nn.Embedding(viewers, width), nn.Embedding(films, width)
        self.viewer_bias, self.film_bias = nn.Embedding(viewers, 1), nn.Embedding(films, 1)
        for table in (self.viewer, self.film):
            nn.init.normal_(table.weight, 0, 0.1)
        for table in (self.viewer_bias, self.film_bias):
            nn.init.zeros_(table.weight)

    def forward(self, viewer, film):
        match = (self.viewer(viewer) * self.film(film)).sum(1)
        return match + self.viewer_bias(viewer)[:, 0] + self.film_bias(film)[:, 0]


torch.manual_seed(0)
taste, style = torch.randn(60, 3), torch.randn(40, 3)
pairs = torch.cartesian_prod(torch.arange(60), torch.arange(40))[torch.randperm(2400)]
ratings = (taste[pairs[:, 0]] * style[pairs[:, 1]]).sum(1) + 0.2 * torch.randn(2400)
model, criterion = Factors(60, 40), nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2, weight_decay=1e-5)
for epoch in range(15):
    for rows in torch.randperm(2000).split(100):
        optimizer.zero_grad()
        loss = criterion(model(*pairs[rows].T), ratings[rows])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    error = criterion(model(*pairs[2000:].T), ratings[2000:]).item()
print(error, ratings.var().item())
assert error < 0.6 * ratings.var().item()
