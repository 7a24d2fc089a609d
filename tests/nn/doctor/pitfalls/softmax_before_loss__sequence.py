"""The next token of each place: the softmax is far from the loss, with the shape changed in between."""

import autograd
import nn
from nn import optim
from nn.train import doctor

autograd.manual_seed(0)
tokens = (autograd.arange(30).unsqueeze(1) + autograd.arange(9)) % 5  # 0 1 2 3 4 0 …, from each of the five
net = nn.Sequential(nn.Embedding(5, 8), nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 5))
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _step in range(100):
        optimizer.zero_grad()
        chances = net(tokens[:, :-1]).softmax(-1)  # mistake
        # fix: chances = net(tokens[:, :-1])
        loss = nn.functional.cross_entropy(chances.reshape(-1, 5), tokens[:, 1:].flatten())  # mistake
        # or: loss = nn.functional.cross_entropy(chances.transpose(1, 2), tokens[:, 1:])
        # or: loss = nn.functional.cross_entropy(chances[:, -1], tokens[:, -1])
        # fix: loss = nn.functional.cross_entropy(chances.reshape(-1, 5), tokens[:, 1:].flatten())
        loss.backward()
        optimizer.step()

print(report)
