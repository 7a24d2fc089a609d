"""The convolutions of three widths over words were kept in a plain list, where the optimizer does not find them.

kind: model
codes: unregistered
from: https://github.com/pytorch/pytorch/issues/1053
score: accuracy on new sentences, higher is better
"""

import torch
from torch import nn


class TextNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(torch.randn(12, 12))
        self.convolutions = [nn.Conv1d(12, 8, width) for width in (2, 3, 4)]  # mistake
        # fix: self.convolutions = nn.ModuleList([nn.Conv1d(12, 8, width) for width in (2, 3, 4)])
        self.head = nn.Linear(24, 2)

    def forward(self, words):
        x = self.embedding(words).transpose(1, 2)
        return self.head(torch.cat([conv(x).relu().amax(2) for conv in self.convolutions], 1))


torch.manual_seed(0)
words = torch.randint(0, 12, (1500, 15))
labels = ((words[:, :-1] < 3) & (words[:, 1:] == 5)).any(1).long()
model = TextNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for _epoch in range(12):
    for rows in torch.randperm(1200).split(50):
        loss = nn.functional.cross_entropy(model(words[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(words[1200:]).argmax(1) == labels[1200:]).float().mean().item())
