"""An embedding learned from triplets: an anchor, one of its class, and one of another, with a margin."""

import torch
from torch import nn

torch.manual_seed(0)
centres = torch.randn(5, 10)
labels = torch.arange(500) % 5
samples = centres[labels] + 0.7 * torch.randn(500, 10)
by_class = [torch.nonzero(labels == k).flatten() for k in range(5)]


def triplets(n):
    anchor_class = torch.randint(0, 5, (n,))
    other_class = (anchor_class + torch.randint(1, 5, (n,))) % 5
    pick = lambda classes: torch.stack([by_class[k][torch.randint(0, 100, ())] for k in classes.tolist()])
    return samples[pick(anchor_class)], samples[pick(anchor_class)], samples[pick(other_class)]


embed = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.SGD(embed.parameters(), lr=0.05, momentum=0.9)
criterion = nn.TripletMarginLoss(margin=1.0)
history = []
for step in range(200):
    anchor, positive, negative = triplets(32)
    loss = criterion(embed(anchor), embed(positive), embed(negative))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
print(history[0], sum(history[-10:]) / 10)
assert sum(history[-10:]) / 10 < 0.5 * history[0]
