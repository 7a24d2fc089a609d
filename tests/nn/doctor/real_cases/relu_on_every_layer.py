"""A loop gives every layer its ReLU, the last one before the cross-entropy too; some letters never come out.

kind: output
codes: relu_before_loss
from: https://github.com/pytorch/tutorials/pull/1644
score: accuracy on held-out pictures, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
letters = torch.randn(26, 64)
labels = torch.randint(0, 26, (1200,))
images = letters[labels] + torch.randn(1200, 64)
layers = []
for n_in, n_out in [(64, 32), (32, 32), (32, 32), (32, 26)]:
    layers += [nn.Linear(n_in, n_out), nn.ReLU()]
net = nn.Sequential(*layers)  # mistake
# fix: net = nn.Sequential(*layers[:-1])
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for _epoch in range(25):
    for batch in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        loss = criterion(net(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
print((net(images[1000:]).argmax(1) == labels[1000:]).float().mean().item())
