"""A rate of 5e-5, usual for fine-tuning with Adam, is given to an optimizer of plain gradients; the loss stays flat.

kind: learning rate
codes: lr_too_low
from: https://github.com/OpenLMLab/LOMO/issues/50
score: accuracy on held-out sentences, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
topic_words = torch.randint(0, 80, (4, 15))


def sentences(n):
    topic = torch.randint(0, 4, (n,))
    words = topic_words[topic].gather(1, torch.randint(0, 15, (n, 10)))
    return torch.where(torch.rand(n, 10) < 0.6, words, torch.randint(0, 80, (n, 10))), topic


model = nn.Sequential(nn.EmbeddingBag(80, 32), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=5e-5, momentum=0.9)  # mistake
# fix: optimizer = torch.optim.SGD(model.parameters(), lr=5e-2, momentum=0.9)
for _ in range(500):
    words, topic = sentences(32)
    loss = nn.functional.cross_entropy(model(words), topic)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

words, topic = sentences(500)
with torch.no_grad():
    print((model(words).argmax(1) == topic).float().mean().item())
