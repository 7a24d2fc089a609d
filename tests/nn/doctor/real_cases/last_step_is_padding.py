"""Sentences were padded to one length and the last output of the recurrent net was read, far behind their ends.

kind: model
codes: last_step_is_padding
from: https://github.com/thtrieu/qclass_dl/issues/1
score: accuracy on new sentences, higher is better
"""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 12, padding_idx=0)
        self.rnn, self.head = nn.RNN(12, 24, batch_first=True), nn.Linear(24, 2)

    def forward(self, words, lengths):
        outputs, _ = self.rnn(self.embedding(words))
        last = outputs[:, -1]  # mistake
        # fix: last = outputs[torch.arange(len(words)), lengths - 1]
        return self.head(last)


torch.manual_seed(0)
lengths = torch.randint(2, 9, (1500,))
words = torch.randint(1, 20, (1500, 40)) * (torch.arange(40) < lengths.unsqueeze(1))
labels = (words > 15).any(1).long()
model = Classifier()
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for _epoch in range(8):
    for rows in torch.randperm(1200).split(40):
        loss = nn.functional.cross_entropy(model(words[rows], lengths[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(words[1200:], lengths[1200:]).argmax(1) == labels[1200:]).float().mean().item())
