"""A language model is trained by Adam with the rate 1.0 that was in the settings for SGD; the loss does not come down.

kind: learning rate
codes: lr_too_high
from: https://github.com/rajveermalviya/language-modeling/issues/3
score: cross-entropy of the next letter in held-out text, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
following = torch.randint(0, 12, (12, 12))


def letters(n):
    text = list(torch.randint(0, 12, (2, n)))
    for _ in range(18):
        text.append(torch.where(torch.rand(n) < 0.9, following[text[-2], text[-1]], torch.randint(0, 12, (n,))))
    return torch.stack(text, dim=1)


embedding, gru, last = nn.Embedding(12, 16), nn.GRU(16, 32, batch_first=True), nn.Linear(32, 12)
optimizer = torch.optim.Adam(nn.ModuleList([embedding, gru, last]).parameters(), lr=1.0)  # mistake
# fix: optimizer = torch.optim.Adam(nn.ModuleList([embedding, gru, last]).parameters(), lr=0.01)
for _ in range(400):
    text = letters(32)
    scores = last(gru(embedding(text[:, :-1]))[0])
    loss = nn.functional.cross_entropy(scores.transpose(1, 2), text[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

text = letters(200)
with torch.no_grad():
    scores = last(gru(embedding(text[:, :-1]))[0])
print(nn.functional.cross_entropy(scores.transpose(1, 2), text[:, 1:]).item())
