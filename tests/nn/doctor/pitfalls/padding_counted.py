"""Sentences are padded with 0 to one length, and the loss counts the padding as a class."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor


class Tagger(nn.Module):
    def __init__(self):
        self.embedding = nn.Embedding(40, 16, padding_idx=0)
        self.rnn = nn.GRU(16, 16, batch_first=True)
        self.head = nn.Linear(16, 5)

    def forward(self, words):
        return self.head(self.rnn(self.embedding(words))[0])


autograd.manual_seed(0)
words = autograd.randint(1, 40, (200, 12)) * (autograd.arange(12) < autograd.randint(2, 12, (200, 1)))
tags = (words % 4 + 1) * (words > 0)
loader = DataLoader(TensorDataset(words, tags), batch_size=20, shuffle=True)
net = Tagger()
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.CrossEntropyLoss()  # mistake
# fix: loss_function = nn.CrossEntropyLoss(ignore_index=0)

with doctor(net, optimizer) as report:
    for _epoch in range(15):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x).flatten(0, 1), y.flatten())
            # or: loss = loss_function(net(x).transpose(1, 2), y)
            loss.backward()
            optimizer.step()

print(report)
