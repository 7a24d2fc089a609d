"""A siamese network: one encoder is called on both of a pair, the loss draws equal pairs together."""

import torch
import torch.nn.functional as F


class Siamese(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.Sequential(
            torch.nn.Conv2d(1, 6, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(54, 8)
        )

    def forward(self, left, right):
        return F.pairwise_distance(self.encoder(left), self.encoder(right))


def contrastive_loss(distance, different, margin=2.0):
    return torch.mean((1 - different) * distance**2 + different * torch.clamp(margin - distance, min=0) ** 2)


torch.manual_seed(0)
shapes = torch.randn(4, 1, 8, 8)
kinds = torch.randint(0, 4, (2, 512))
kinds[1, ::2] = kinds[0, ::2]
left, right = (shapes[k] + 0.4 * torch.randn(512, 1, 8, 8) for k in kinds)
different = (kinds[0] != kinds[1]).float()
net = Siamese()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(12):
    for rows in torch.randperm(448).split(32):
        opt.zero_grad()
        loss = contrastive_loss(net(left[rows], right[rows]), different[rows])
        loss.backward()
        opt.step()
with torch.no_grad():
    far = net(left[448:], right[448:]) > 1.0
right_share = (far == (different[448:] == 1)).float().mean().item()
print(right_share)
assert right_share > 0.85
