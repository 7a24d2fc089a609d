"""A language model whose output layer has the very weights of its embedding."""

import torch
from torch import nn


class TiedLM(nn.Module):
    def __init__(self, words, width):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.rnn = nn.RNN(width, width, batch_first=True)
        self.decoder = nn.Linear(width, words, bias=False)
        self.decoder.weight = self.embedding.weight
        nn.init.normal_(self.embedding.weight, std=0.2)

    def forward(self, tokens, hidden=None):
        output, hidden = self.rnn(self.embedding(tokens), hidden)
        return self.decoder(output), hidden


torch.manual_seed(0)
following = (torch.arange(15)[:, None] + torch.tensor([1, 4])) % 15  # each word is followed by one of two
song = [0]
for coin in torch.randint(0, 2, (2000,)):
    song.append(following[song[-1], coin].item())
data = torch.tensor(song[:2000]).view(10, 200)
model = TiedLM(15, 32)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.CrossEntropyLoss()
losses = []
for epoch in range(8):
    hidden = None
    for start in range(0, 199 - 20, 20):
        x, y = data[:, start : start + 20], data[:, start + 1 : start + 21]
        logits, hidden = model(x, None if hidden is None else hidden.detach())
        loss = criterion(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())
print(losses[0], losses[-1])
assert losses[-1] < losses[0] - 0.5
