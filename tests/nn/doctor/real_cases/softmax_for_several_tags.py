"""Pictures carry several tags at once, the network shares one softmax among them; hardly a tag ever passes 0.5.

kind: output
codes: several_labels
from: https://github.com/tengshaofeng/ResidualAttentionNetwork-pytorch/issues/6
score: F1 of the tags on held-out samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
features = torch.randn(700, 10)
tags = (features @ torch.randn(10, 6) > 0).float()
model = nn.Sequential(
    nn.Linear(10, 32),
    nn.ReLU(),
    nn.Linear(32, 6),
    nn.Softmax(dim=1),  # mistake
    # fix: nn.Sigmoid(),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCELoss()
for _epoch in range(20):
    for batch in torch.randperm(600).split(50):
        loss = criterion(model(features[batch]), tags[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
found = (model(features[600:]) > 0.5).float()
print((2 * (found * tags[600:]).sum() / (found.sum() + tags[600:].sum())).item())
