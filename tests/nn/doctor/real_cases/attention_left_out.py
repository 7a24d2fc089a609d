"""The attended sequence was computed and never used: the head still got the embeddings from before the attention.

kind: model
codes: no_gradient
from: https://github.com/lucidrains/audiolm-pytorch/pull/265
score: accuracy on new sequences, higher is better
"""

import torch
from torch import nn


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.place = nn.Embedding(6, 16), nn.Parameter(torch.randn(7, 16))
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
        self.head = nn.Linear(16, 6)

    def forward(self, letters):
        x = self.embedding(letters) + self.place
        attended, _ = self.attention(x, x, x)
        # fix: x = x + attended
        return self.head(x[:, 0])


torch.manual_seed(0)
letters = torch.randint(0, 6, (1200, 7))
answers = letters[:, 4]
model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for _epoch in range(12):
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.cross_entropy(model(letters[rows]), answers[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(letters[1000:]).argmax(1) == answers[1000:]).float().mean().item())
