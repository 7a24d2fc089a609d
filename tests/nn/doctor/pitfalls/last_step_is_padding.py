"""Sentences are padded to one length, and the state behind the padding is taken for that at their ends."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor


class Classifier(nn.Module):
    def __init__(self):
        self.embedding = nn.Embedding(20, 12)
        self.rnn = nn.RNN(12, 24, batch_first=True)
        self.head = nn.Linear(24, 2)

    def forward(self, words):
        out, state = self.rnn(self.embedding(words))
        last = out[:, -1]  # mistake
        # or: last = state[-1]
        # fix: last = out[autograd.arange(len(words)), (words > 0).sum(1) - 1]
        return self.head(last)


autograd.manual_seed(0)
words = autograd.randint(1, 20, (300, 30)) * (autograd.arange(30) < autograd.randint(2, 9, (300, 1)))
loader = DataLoader(TensorDataset(words, (words > 15).any(1).long()), batch_size=30, shuffle=True)
net = Classifier()
optimizer = optim.Adam(net.parameters(), lr=0.003)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(15):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
