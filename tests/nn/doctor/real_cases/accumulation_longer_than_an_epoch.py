"""An epoch has fewer batches than gradients are accumulated over, so the step in the branch is never taken.

kind: loop
codes: not_moved
from: https://github.com/huggingface/transformers/issues/2995
score: accuracy on held-out sentences, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
mood = torch.randn(50)
sentences = torch.randint(0, 50, (400, 12))
labels = (mood[sentences].sum(1) > 0).long()
model = nn.Sequential(nn.EmbeddingBag(50, 16), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
accumulation, batches = 16, list(zip(sentences[:240].split(20), labels[:240].split(20)))
for _ in range(100):
    optimizer.zero_grad()
    for i, (words, label) in enumerate(batches):
        loss = nn.functional.cross_entropy(model(words), label) / accumulation
        loss.backward()
        # fix: if (i + 1) % accumulation == 0 or i + 1 == len(batches):
        if (i + 1) % accumulation == 0:  # mistake
            optimizer.step()
            optimizer.zero_grad()

with torch.no_grad():
    print((model(sentences[240:]).argmax(1) == labels[240:]).float().mean().item())
