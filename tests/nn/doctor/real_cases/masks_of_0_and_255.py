"""The masks of a segmentation come from 8-bit files and stay at 0 and 255; the loss runs to minus thousands.

kind: output
codes: targets_out_of_range
from: https://github.com/milesial/Pytorch-UNet/issues/78
score: overlap (IoU) with the held-out masks, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
shape = nn.functional.avg_pool2d(torch.randn(140, 1, 16, 16), 5, stride=1, padding=2)
files = 255 * (shape > 0).to(torch.uint8)
images = 5 * shape + 0.1 * torch.randn(140, 1, 16, 16)
masks = files.float()  # mistake
# fix: masks = files.float() / 255
net = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1),
    nn.ReLU(),
    nn.Conv2d(8, 1, 3, padding=1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for _epoch in range(25):
    for batch in torch.randperm(120).split(20):
        optimizer.zero_grad()
        loss = criterion(net(images[batch]), masks[batch])
        loss.backward()
        optimizer.step()
found, truth = net(images[120:]) > 0, files[120:] > 0
print(((found & truth).sum() / (found | truth).sum()).item())
