"""Sequences stood in the tensor batch first, the LSTM read them time first: it walked from sample to sample.

kind: model
codes: samples_mixed
from: https://github.com/pytorch/pytorch/issues/1538
score: accuracy on new sequences, higher is better
"""

import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(8, 12)
        self.lstm = nn.LSTM(12, 24)  # mistake
        # fix: self.lstm = nn.LSTM(12, 24, batch_first=True)
        self.head = nn.Linear(24, 2)

    def forward(self, tokens):
        outputs, _ = self.lstm(self.embedding(tokens))
        return self.head(outputs[:, -1])


torch.manual_seed(0)
tokens = torch.randint(0, 8, (1200, 10))
labels = ((tokens == 1).sum(1) > (tokens == 2).sum(1)).long()
model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _epoch in range(10):
    for rows in torch.randperm(1000).split(40):
        loss = nn.functional.cross_entropy(model(tokens[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(tokens[1000:]).argmax(1) == labels[1000:]).float().mean().item())
