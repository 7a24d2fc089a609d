"""Two optimizers for one model: plain SGD for the table of words, Adam for the rest."""

import torch
import torch.nn.functional as F
from torch import nn


class Bag(nn.Module):
    def __init__(self, words, width, classes):
        super().__init__()
        self.words = nn.EmbeddingBag(words, width, mode="mean")
        self.top = nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, classes))

    def forward(self, tokens):
        return self.top(self.words(tokens))


torch.manual_seed(0)
labels = torch.randint(0, 3, (600,))
likely = torch.rand(3, 30).pow(3)
tokens = torch.multinomial(likely[labels], 12, replacement=True)
model = Bag(30, 16, 3)
optimizers = [
    torch.optim.SGD(model.words.parameters(), lr=1.0),
    torch.optim.Adam(model.top.parameters(), lr=3e-3),
]
for epoch in range(15):
    for rows in torch.randperm(500).split(25):
        loss = F.cross_entropy(model(tokens[rows]), labels[rows])
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
accuracy = (model(tokens[500:]).argmax(1) == labels[500:]).float().mean().item()
print(accuracy)
assert accuracy > 0.7
