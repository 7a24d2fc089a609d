"""A small GPT keeps the 2,000 steps of warm-up of the big one, but trains for 250; the rate never gets anywhere.

kind: learning rate
codes: lr_too_low
from: https://github.com/Morizeyao/GPT2-Chinese/issues/60
score: accuracy of the second half of repeated words, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
mask = torch.full((12, 12), float("-inf")).triu(1)
embedding, position = nn.Embedding(20, 32), nn.Parameter(0.1 * torch.randn(12, 32))
block, last = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True), nn.Linear(32, 20)
weights = [position, *embedding.parameters(), *block.parameters(), *last.parameters()]


def scores(text):
    return last(block(embedding(text) + position, src_mask=mask))


def texts(n):
    phrase = torch.randint(0, 20, (n, 3))
    return phrase.repeat(1, 5)[:, :13]


warm_up = 2000  # mistake
# fix: warm_up = 25
optimizer = torch.optim.AdamW(weights, lr=0.003)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / warm_up))
for _ in range(250):
    text = texts(64)
    optimizer.zero_grad()
    nn.functional.cross_entropy(scores(text[:, :-1]).transpose(1, 2), text[:, 1:]).backward()
    optimizer.step()
    scheduler.step()

text = texts(200)
with torch.no_grad():
    print((scores(text[:, :-1]).argmax(2) == text[:, 1:])[:, 6:].float().mean().item())
