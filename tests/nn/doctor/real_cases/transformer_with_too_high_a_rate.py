"""A transformer is trained by Adam with a rate that a recurrent net would bear; it gives every input the same answer.

kind: learning rate
codes: lr_too_high
from: https://github.com/OpenNMT/OpenNMT-py/issues/227
score: accuracy of the translated words, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
dictionary = torch.randperm(24)


def translations(n):
    source = torch.randint(0, 24, (n, 8))
    return source, dictionary[source].flip(1)


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.position = nn.Embedding(24, 32), nn.Parameter(torch.randn(8, 32))
        layer = nn.TransformerEncoderLayer(32, 4, 128, dropout=0.0, batch_first=True)
        self.layers, self.last = nn.TransformerEncoder(layer, 2), nn.Linear(32, 24)

    def forward(self, source):
        return self.last(self.layers(self.embedding(source) + self.position))


model = Translator()
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)  # mistake
# fix: optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
for _ in range(250):
    source, target = translations(32)
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(source).transpose(1, 2), target).backward()
    optimizer.step()

source, target = translations(200)
print((model(source).argmax(2) == target).float().mean().item())
