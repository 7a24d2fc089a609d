"""Embedding.from_pretrained freezes the vectors unless told otherwise; vectors that say little here never get better.

kind: optimizer
codes: other: frozen_parameters
from: https://github.com/RUCAIBox/RecBole/issues/2046
score: accuracy on held-out reviews, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
vectors = torch.randn(120, 6)  # made from other texts: they know nothing of what is praise
praise = torch.randn(120)
reviews = torch.randint(0, 120, (2000, 10))
liked = (praise[reviews].sum(1) > 0).float()
embedding = nn.Embedding.from_pretrained(vectors)  # mistake
# fix: embedding = nn.Embedding.from_pretrained(vectors, freeze=False)
lstm, last = nn.LSTM(6, 12, batch_first=True), nn.Linear(12, 1)
weights = [p for part in (embedding, lstm, last) for p in part.parameters() if p.requires_grad]
optimizer = torch.optim.Adam(weights, lr=0.01)
for _ in range(400):
    i = torch.randint(0, 1600, (64,))
    scores = last(lstm(embedding(reviews[i]))[0].mean(1)).squeeze(1)
    loss = nn.functional.binary_cross_entropy_with_logits(scores, liked[i])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

with torch.no_grad():
    scores = last(lstm(embedding(reviews[1600:]))[0].mean(1)).squeeze(1)
print(((scores > 0).float() == liked[1600:]).float().mean().item())
