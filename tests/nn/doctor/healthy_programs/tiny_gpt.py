"""A tiny GPT of two blocks learns to sort: after six digits it writes the same in order."""

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Config:
    tokens: int = 6
    length: int = 11
    width: int = 32
    heads: int = 2


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.ln1, self.ln2, self.heads = nn.LayerNorm(c.width), nn.LayerNorm(c.width), c.heads
        self.qkv, self.proj = nn.Linear(c.width, 3 * c.width), nn.Linear(c.width, c.width)
        self.mlp = nn.Sequential(nn.Linear(c.width, 4 * c.width), nn.GELU(), nn.Linear(4 * c.width, c.width))

    def forward(self, x):
        b, t, w = x.shape
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(self.ln1(x)).chunk(3, dim=-1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(b, t, w))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.token, self.place = nn.Embedding(c.tokens, c.width), nn.Embedding(c.length, c.width)
        self.blocks, self.ln = nn.Sequential(Block(c), Block(c)), nn.LayerNorm(c.width)
        self.head = nn.Linear(c.width, c.tokens, bias=False)

    def forward(self, ids):
        return self.head(self.ln(self.blocks(self.token(ids) + self.place(torch.arange(ids.shape[1])))))


torch.manual_seed(0)
model = GPT(Config())
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
for step in range(250):
    digits = torch.randint(0, 6, (64, 6))
    row = torch.cat([digits, digits.sort(1).values], 1)
    loss = F.cross_entropy(model(row[:, :-1])[:, 5:].reshape(-1, 6), row[:, 6:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
assert loss.item() < 1.0
