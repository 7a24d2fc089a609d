"""The last states of both directions were put side by side with view, which joined states of different sentences.

kind: model
codes: samples_mixed
from: https://github.com/timbmg/Sentence-VAE/issues/15
score: accuracy on new sentences, higher is better
"""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 12)
        self.gru = nn.GRU(12, 16, bidirectional=True, batch_first=True)
        self.head = nn.Linear(32, 3)

    def forward(self, words):
        _, hidden = self.gru(self.embedding(words))
        hidden = hidden.view(len(words), 32)  # mistake
        # fix: hidden = hidden.permute(1, 0, 2).reshape(len(words), 32)
        return self.head(hidden)


torch.manual_seed(0)
words = torch.randint(0, 10, (1200, 9))
labels = (words == 3).any(1).long() + (words == 7).any(1).long()
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _epoch in range(10):
    for rows in torch.randperm(1000).split(40):
        loss = nn.functional.cross_entropy(model(words[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(words[1000:]).argmax(1) == labels[1000:]).float().mean().item())
