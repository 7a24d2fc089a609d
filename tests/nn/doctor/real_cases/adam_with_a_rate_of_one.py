"""A language model is trained by Adam with the rate 1.0 that was in the settings for SGD; the loss does not come down.

kind: learning rate
codes: lr_too_high
from: https://github.com/rajveermalviya/language-modeling/issues/3
score: accuracy of the next letter, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
following = torch.randperm(16)


def letters(n):
    text = [torch.randint(0, 16, (n,))]
    for _ in range(20):
        text.append(torch.where(torch.rand(n) < 0.9, following[text[-1]], torch.randint(0, 16, (n,))))
    return torch.stack(text, dim=1)


embedding, gru, last = nn.Embedding(16, 12), nn.GRU(12, 24, batch_first=True), nn.Linear(24, 16)
model = nn.ModuleList([embedding, gru, last])
optimizer = torch.optim.Adam(model.parameters(), lr=1.0)  # mistake
# fix: optimizer = torch.optim.Adam(model.parameters())
for step in range(400):
    text = letters(32)
    scores = last(gru(embedding(text[:, :-1]))[0])
    loss = nn.functional.cross_entropy(scores.transpose(1, 2), text[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

text = letters(200)
with torch.no_grad():
    print((last(gru(embedding(text[:, :-1]))[0]).argmax(2) == text[:, 1:]).float().mean().item())
