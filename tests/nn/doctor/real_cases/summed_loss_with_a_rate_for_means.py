"""The loss is summed over the batch with a learning rate taken from code that averages; a bigger batch made it blow up.

kind: loss
codes: lr_too_high
from: https://github.com/utcsilab/deepinpy/issues/13
score: accuracy on held-out pictures, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
prototypes = torch.randn(8, 1, 10, 10)
labels = torch.randint(0, 8, (1100,))
images = prototypes[labels] + 1.5 * torch.randn(1100, 1, 10, 10)
net = nn.Sequential(
    nn.Conv2d(1, 8, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8 * 4 * 4, 8),
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss(reduction="sum")  # mistake
# fix: criterion = nn.CrossEntropyLoss()
for _epoch in range(20):
    for batch in torch.randperm(1000).split(100):
        optimizer.zero_grad()
        loss = criterion(net(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
print((net(images[1000:]).argmax(1) == labels[1000:]).float().mean().item())
