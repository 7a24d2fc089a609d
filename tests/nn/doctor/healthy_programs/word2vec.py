"""Word vectors by negative sampling: true neighbours against words drawn at random."""

import torch
import torch.nn.functional as F
from torch import nn, optim

torch.manual_seed(0)
GROUPS, EACH, WIDTH, NEGATIVES = 4, 6, 12, 4
words = GROUPS * EACH
sentences = [torch.randint(0, EACH, (6,)) + EACH * (i % GROUPS) for i in range(300)]
pairs = torch.tensor([(s[i].item(), s[i + 1].item()) for s in sentences for i in range(5)])
centre, context = nn.Embedding(words, WIDTH), nn.Embedding(words, WIDTH)
nn.init.uniform_(centre.weight, -0.5 / WIDTH, 0.5 / WIDTH)
nn.init.zeros_(context.weight)
optimizer = optim.Adam(list(centre.parameters()) + list(context.parameters()), lr=0.02)
for epoch in range(10):
    for batch in pairs[torch.randperm(len(pairs))].split(64):
        v = centre(batch[:, 0])
        positive = (v * context(batch[:, 1])).sum(1)
        noise = torch.randint(0, words, (len(batch), NEGATIVES))
        negative = torch.bmm(context(noise), v.unsqueeze(2)).squeeze(2)
        loss = -(F.logsigmoid(positive).mean() + F.logsigmoid(-negative).sum(1).mean())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
vectors = F.normalize(centre.weight.detach(), dim=1)
nearest = (vectors @ vectors.T - 2 * torch.eye(words)).argmax(1)
same = (nearest // EACH == torch.arange(words) // EACH).float().mean().item()
print(same)
assert same > 0.8
