"""A distance of argmax classes had no grad_fn, so the loss was set to require grad: no error now, and no learning.

kind: loss
codes: no_gradient
from: https://github.com/speechbrain/speechbrain/issues/735
score: mean distance in bins on held-out samples, lower is better
"""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(600, 6)
position = ((x[:, 0] + x[:, 1] * x[:, 2]).tanh() * 4.99 + 5).long()
model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _epoch in range(20):
    for batch in torch.randperm(500).split(50):
        scores = model(x[batch])
        loss = F.l1_loss(scores.argmax(1).float(), position[batch].float()).requires_grad_()  # mistake
        # fix: loss = F.cross_entropy(scores, position[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print((model(x[500:]).argmax(1) - position[500:]).abs().float().mean().item())
