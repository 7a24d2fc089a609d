"""The scores of a network for point clouds go straight into nll_loss; the loss falls below zero and goes on falling.

kind: output
codes: not_log_probabilities
from: https://github.com/yanx27/Pointnet_Pointnet2_pytorch/issues/30
score: accuracy on held-out clouds, higher is better
"""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
stretch = torch.tensor([[1.0, 1.0, 1.0], [2.0, 1.0, 0.5], [0.3, 1.5, 1.0], [1.0, 0.3, 1.8]])
labels = torch.randint(0, 4, (500,))
clouds = torch.randn(500, 24, 3) * stretch[labels].unsqueeze(1)


class PointNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.points = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.head = nn.Linear(32, 4)

    def forward(self, cloud):
        return self.head(self.points(cloud).max(1).values)  # mistake
        # fix: return F.log_softmax(self.head(self.points(cloud).max(1).values), dim=1)


net = PointNet()
optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
for _epoch in range(20):
    for batch in torch.randperm(400).split(40):
        loss = F.nll_loss(net(clouds[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((net(clouds[400:]).argmax(1) == labels[400:]).float().mean().item())
