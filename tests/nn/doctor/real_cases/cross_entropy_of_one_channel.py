"""One channel of output, one foreground class, CrossEntropyLoss: the loss is 0 from the first batch on.

kind: output
codes: softmax_of_one
from: https://github.com/open-mmlab/mmsegmentation/issues/2201
score: accuracy on held-out pixels, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
field = nn.functional.avg_pool2d(torch.randn(120, 3, 12, 12), 3, stride=1, padding=1)
masks = (field[:, :1] + field[:, 1:2] > 0).float()
images = field + 0.1 * torch.randn(120, 3, 12, 12)
net = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(8, 1, 1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()  # mistake
# fix: criterion = nn.BCEWithLogitsLoss()
for _epoch in range(32):
    for batch in torch.randperm(100).split(20):
        loss = criterion(net(images[batch]), masks[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(((net(images[100:]) > 0) == (masks[100:] > 0.5)).float().mean().item())
