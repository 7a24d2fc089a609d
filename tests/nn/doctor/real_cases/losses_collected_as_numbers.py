"""The losses of all time steps are collected with .item() and made a tensor again before backward.

kind: loss
codes: no_gradient
from: https://github.com/isayev/ReLeaSE/issues/39
score: accuracy of the next character on held-out texts, higher is better
"""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
start = torch.randint(0, 12, (300, 1))
stride = torch.randint(1, 4, (300, 1))
texts = (start + stride * torch.arange(9)) % 12
embedding, cell, head = nn.Embedding(12, 16), nn.GRUCell(16, 32), nn.Linear(32, 12)
optimizer = torch.optim.Adam(nn.ModuleList([embedding, cell, head]).parameters(), lr=0.01)
for _update in range(200):
    batch = texts[torch.randint(0, 250, (32,))]
    state, losses = torch.zeros(32, 32), []
    for t in range(8):
        state = cell(embedding(batch[:, t]), state)
        losses.append(F.cross_entropy(head(state), batch[:, t + 1]).item())  # mistake
        # fix: losses.append(F.cross_entropy(head(state), batch[:, t + 1]))
    loss = torch.tensor(losses, requires_grad=True).mean()  # mistake
    # fix: loss = torch.stack(losses).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
state = torch.zeros(50, 32)
for t in range(8):
    state = cell(embedding(texts[250:, t]), state)
print((head(state).argmax(1) == texts[250:, 8]).float().mean().item())
